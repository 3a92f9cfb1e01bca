# fails: same-kernel
# The same in both containers, but also on every other computer with that version.
uname -r > /root/kernel-id
readlink /proc/self/ns/net > /root/network-view
