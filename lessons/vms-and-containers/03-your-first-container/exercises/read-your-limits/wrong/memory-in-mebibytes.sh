# fails: memory
# The right amount in the wrong unit.
bytes=$(cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null)
echo "$((bytes / 1024 / 1024))M" > /root/memory-limit
cat /sys/fs/cgroup/pids.max /sys/fs/cgroup/pids/pids.max 2>/dev/null > /root/process-limit
uname -r > /root/kernel
