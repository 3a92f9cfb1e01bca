# fails: seen-from-inside
# The right file with the wrong view in it: this ls ran in the box.
mkdir -p /root/parcel/bin
cp /bin/bash /bin/ls /root/parcel/bin/
for program in /bin/bash /bin/ls; do
    cp --parents $(ldd $program | grep -o '/[^ ]*') /root/parcel
done
ls / > /root/parcel/inside
