# fails: memory
# The right number, and nobody knows of what.
cd /root
pidof qemu-system-x86_64 > /dev/null || vm-start < /dev/null > screen.txt 2>&1 &
for second in $(seq 110); do
    grep -q root@guest screen.txt && break
    sleep 1
done
awk '/VmRSS/ {print int($2 / 1024)}' "/proc/$(pidof qemu-system-x86_64)/status" > guest-memory
