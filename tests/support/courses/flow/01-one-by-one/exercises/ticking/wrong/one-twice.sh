# fails: one
echo 11 > /root/one
