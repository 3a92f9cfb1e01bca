# fails: reads-proc
# Reads /proc, but about itself: the argument is not used.
cat > /root/who-is <<'SCRIPT'
#!/bin/sh
[ "$1" = 1 ] && cat /proc/self/comm
SCRIPT
chmod +x /root/who-is
