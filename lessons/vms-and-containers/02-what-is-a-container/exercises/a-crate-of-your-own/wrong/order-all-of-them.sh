# fails: order
# The right one is among them.
mkdir -p /root/parcel
cat /srv/orders/* > /root/parcel/order
