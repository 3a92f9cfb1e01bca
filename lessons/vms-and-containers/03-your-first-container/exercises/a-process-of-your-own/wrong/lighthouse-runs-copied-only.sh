# fails: lighthouse-runs
# The file is there, but nobody has started it.
cp /usr/bin/sleep /root/lighthouse
cat /proc/1/comm > /root/first-process
