# fails: lighthouse-runs
# A process that sleeps for ever, and mentions the lighthouse, but is named after the file /usr/bin/sleep.
bash -c 'exec -a "lighthouse" sleep infinity' >/dev/null 2>&1 &
cat /proc/1/comm > /root/first-process
