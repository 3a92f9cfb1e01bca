# fails: admits-nobody
# Claims success, whoever it was asked for.
cat > /root/who-is <<'SCRIPT'
#!/bin/sh
cat "/proc/$1/comm" 2>/dev/null
exit 0
SCRIPT
chmod +x /root/who-is
