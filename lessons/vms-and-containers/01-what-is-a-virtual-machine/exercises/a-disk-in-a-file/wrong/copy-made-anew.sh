# fails: copy
# Two disks with the right files on them, but the second was installed again instead of copied.
cd /root
for name in golden web1; do
    truncate -s 16M $name.img
    mkfs.ext4 -q -L golden $name.img
    echo $name > whoami
    debugfs -w -R 'write whoami whoami' $name.img
done
