echo 4 > /root/four
