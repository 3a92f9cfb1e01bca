cat /proc/sys/kernel/random/boot_id > /root/kernel-id
readlink /proc/self/ns/net > /root/network-view
