mkdir -p /root/evidence
cd /root/evidence
grep -c ^processor /proc/cpuinfo > processors
if grep -q -w hypervisor /proc/cpuinfo; then echo yes; else echo no; fi > hypervisor
cat /sys/class/dmi/id/sys_vendor > maker 2>/dev/null || echo none > maker
