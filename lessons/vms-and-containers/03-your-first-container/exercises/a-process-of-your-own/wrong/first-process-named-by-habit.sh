# fails: first-process-named
# What process 1 is called on most Debian systems.
cp /usr/bin/sleep /root/lighthouse
/root/lighthouse infinity >/dev/null 2>&1 &
echo systemd > /root/first-process
