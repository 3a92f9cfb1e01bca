cd /root
pidof qemu-system-x86_64 > /dev/null || vm-start < /dev/null > screen.txt 2>&1 &
for second in $(seq 110); do
    grep -q root@guest screen.txt && break
    sleep 1
done
awk '/VmRSS/ {print $2, "KiB"}' "/proc/$(pidof qemu-system-x86_64)/status" > guest-memory
