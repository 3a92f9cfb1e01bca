# fails: processors
# The list, not how many there are in it.
mkdir -p /root/evidence
grep ^processor /proc/cpuinfo > /root/evidence/processors
