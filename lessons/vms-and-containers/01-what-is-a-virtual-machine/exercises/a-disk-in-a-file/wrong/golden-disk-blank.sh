# fails: golden-disk
# A file of the right length, but nobody has made a file system on it.
truncate -s 16M /root/golden.img
cp /root/golden.img /root/web1.img
