# fails: golden-disk
# Everything but the label.
cd /root
truncate -s 16M golden.img
mkfs.ext4 -q golden.img
echo golden > whoami
debugfs -w -R 'write whoami whoami' golden.img
cp golden.img web1.img
