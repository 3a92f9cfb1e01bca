# fails: hypervisor
# Took the flag for an ability of a real processor: where it is missing there must be a hypervisor.
mkdir -p /root/evidence
if grep -q -w hypervisor /proc/cpuinfo; then echo no; else echo yes; fi > /root/evidence/hypervisor
