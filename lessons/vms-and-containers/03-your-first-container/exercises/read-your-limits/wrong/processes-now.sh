# fails: processes
# How many there are, instead of how many there may be.
cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null > /root/memory-limit
ps -e --no-headers | wc -l > /root/process-limit
uname -r > /root/kernel
