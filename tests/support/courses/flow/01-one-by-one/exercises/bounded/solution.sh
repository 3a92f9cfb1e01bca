echo 3 > /root/three
