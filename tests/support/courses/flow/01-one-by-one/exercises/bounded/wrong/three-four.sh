# fails: three
echo 4 > /root/three
