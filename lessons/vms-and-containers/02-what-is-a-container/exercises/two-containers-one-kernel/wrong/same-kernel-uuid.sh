# fails: same-kernel
# Looks just like it, but is drawn anew at every reading.
cat /proc/sys/kernel/random/uuid > /root/kernel-id
readlink /proc/self/ns/net > /root/network-view
