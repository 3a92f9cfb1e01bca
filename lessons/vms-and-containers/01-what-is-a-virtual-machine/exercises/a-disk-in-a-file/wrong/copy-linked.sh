# fails: copy
# A second name is not a second disk.
cd /root
truncate -s 16M golden.img
mkfs.ext4 -q -L golden golden.img
ln golden.img web1.img
echo web1 > whoami
debugfs -w -R 'write whoami whoami' web1.img
