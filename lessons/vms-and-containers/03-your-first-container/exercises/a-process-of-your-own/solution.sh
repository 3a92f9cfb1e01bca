cp /usr/bin/sleep /root/lighthouse
/root/lighthouse infinity >/dev/null 2>&1 &
cat /proc/1/comm > /root/first-process
