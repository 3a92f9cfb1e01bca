# fails: reads-proc
# Prints what was true in the box, without looking.
cat > /root/who-is <<'SCRIPT'
#!/bin/sh
[ "$1" = 1 ] && echo ptyd
SCRIPT
chmod +x /root/who-is
