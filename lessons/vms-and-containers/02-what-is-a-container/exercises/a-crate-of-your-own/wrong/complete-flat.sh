# fails: complete
# Everything is there, but not where the loader looks for it.
mkdir -p /root/parcel/bin
cp /bin/bash /bin/ls /root/parcel/bin/
for program in /bin/bash /bin/ls; do
    cp $(ldd $program | grep -o '/[^ ]*') /root/parcel
done
