# fails: first-process-named
# The right line of the list, but more than the name.
cp /usr/bin/sleep /root/lighthouse
/root/lighthouse infinity >/dev/null 2>&1 &
ps -f -p 1 > /root/first-process
