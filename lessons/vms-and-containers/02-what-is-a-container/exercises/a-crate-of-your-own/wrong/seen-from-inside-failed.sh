# fails: seen-from-inside
# Without its libraries ls can't start; the shell has made the file by then, and it stays empty.
mkdir -p /root/parcel/bin
cp /bin/bash /bin/ls /root/parcel/bin/
cp --parents $(ldd /bin/bash | grep -o '/[^ ]*') /root/parcel
chroot /root/parcel /bin/bash -c 'ls / > /inside'
