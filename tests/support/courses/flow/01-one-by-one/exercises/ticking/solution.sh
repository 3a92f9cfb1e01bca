echo 1 > /root/one   # the first
echo 2 > /root/two
