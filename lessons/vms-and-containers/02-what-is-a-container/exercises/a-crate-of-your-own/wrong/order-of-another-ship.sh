# fails: order
# The last order in the list that is for somebody else.
mkdir -p /root/parcel
cp "$(ls /srv/orders/* | grep -v -F '{{ ship }}' | tail -n 1)" /root/parcel/order
