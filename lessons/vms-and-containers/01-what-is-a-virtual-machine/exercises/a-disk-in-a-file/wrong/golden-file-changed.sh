# fails: golden-file
# The change went into the golden image, not into its copy.
cd /root
truncate -s 16M golden.img
mkfs.ext4 -q -L golden golden.img
echo golden > whoami
debugfs -w -R 'write whoami whoami' golden.img
cp golden.img web1.img
echo web1 > whoami
debugfs -w -R 'rm whoami' golden.img
debugfs -w -R 'write whoami whoami' golden.img
