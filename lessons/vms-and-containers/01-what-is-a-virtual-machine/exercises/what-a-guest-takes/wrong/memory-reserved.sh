# fails: memory
# VmSize is what the process has reserved, most of which holds nothing.
vm-start < /dev/null > /root/screen.txt 2>&1 &
until pidof qemu-system-x86_64 > /dev/null; do sleep 0.2; done
awk '/VmSize/ {print $2, "KiB"}' "/proc/$(pidof qemu-system-x86_64)/status" > /root/guest-memory
