mkdir -p /root/parcel/bin
cp /bin/bash /bin/ls /root/parcel/bin/
for program in /bin/bash /bin/ls; do
    cp --parents $(ldd $program | grep -o '/[^ ]*') /root/parcel
done
cp '/srv/orders/{{ ship }}' /root/parcel/order
chroot /root/parcel /bin/bash -c 'ls / > /inside'
