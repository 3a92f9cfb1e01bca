# fails: complete
# Links were copied as links, and what they lead to is not in the parcel.
mkdir -p /root/parcel/bin
cp /bin/bash /bin/ls /root/parcel/bin/
for program in /bin/bash /bin/ls; do
    cp -a --parents $(ldd $program | grep -o '/[^ ]*') /root/parcel
done
