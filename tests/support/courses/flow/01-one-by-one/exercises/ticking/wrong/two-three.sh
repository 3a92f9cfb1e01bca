# fails: two
echo 1 > /root/one
echo 3 > /root/two
