# fails: four
echo 5 > /root/four
