# fails: another-view
# The line from the lesson as it stands: three views, not one.
cat /proc/sys/kernel/random/boot_id > /root/kernel-id
readlink /proc/self/ns/net /proc/self/ns/mnt /proc/self/ns/uts > /root/network-view
