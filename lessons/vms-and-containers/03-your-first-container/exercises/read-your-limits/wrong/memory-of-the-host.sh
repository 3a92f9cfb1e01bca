# fails: memory
# What free reports is the host's memory.
free -b | awk '/^Mem:/ { print $2 }' > /root/memory-limit
cat /sys/fs/cgroup/pids.max /sys/fs/cgroup/pids/pids.max 2>/dev/null > /root/process-limit
uname -r > /root/kernel
