# fails: complete
# A third program came along, though nobody asked for it.
mkdir -p /root/parcel/bin
cp /bin/bash /bin/ls /bin/cat /root/parcel/bin/
for program in /bin/bash /bin/ls; do
    cp --parents $(ldd $program | grep -o '/[^ ]*') /root/parcel
done
