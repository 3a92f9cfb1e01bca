# fails: hypervisor
# The evidence itself, where a yes or no is asked for.
mkdir -p /root/evidence
grep -m 1 -w -E 'hypervisor|model name' /proc/cpuinfo > /root/evidence/hypervisor
