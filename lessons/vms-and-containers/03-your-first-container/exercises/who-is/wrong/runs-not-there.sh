# fails: runs
# A tool of another name.
echo 'cat "/proc/$1/comm"' > /root/whois
chmod +x /root/whois
