# fails: admits-nobody
# The right exit code, but a message where a name is expected.
cat > /root/who-is <<'SCRIPT'
#!/bin/sh
cat "/proc/$1/comm" 2>/dev/null || { echo nobody; exit 1; }
SCRIPT
chmod +x /root/who-is
