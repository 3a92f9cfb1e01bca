# fails: another-view
# What is seen through the view, instead of its number.
cat /proc/sys/kernel/random/boot_id > /root/kernel-id
ip -br address > /root/network-view
