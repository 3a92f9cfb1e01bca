# fails: kernel
# The version of Debian's files says nothing about the kernel.
cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null > /root/memory-limit
cat /sys/fs/cgroup/pids.max /sys/fs/cgroup/pids/pids.max 2>/dev/null > /root/process-limit
cat /etc/debian_version > /root/kernel
