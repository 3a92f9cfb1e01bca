# fails: complete
# Two programs, but the libraries of one.
mkdir -p /root/parcel/bin
cp /bin/bash /bin/ls /root/parcel/bin/
cp --parents $(ldd /bin/bash | grep -o '/[^ ]*') /root/parcel
