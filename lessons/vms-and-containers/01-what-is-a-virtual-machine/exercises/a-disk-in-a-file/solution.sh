cd /root
rm -f golden.img web1.img
truncate -s 16M golden.img
mkfs.ext4 -q -L golden golden.img
echo golden > whoami
debugfs -w -R 'write whoami whoami' golden.img
cp golden.img web1.img
echo web1 > whoami
debugfs -w -R 'rm whoami' web1.img
debugfs -w -R 'write whoami whoami' web1.img
