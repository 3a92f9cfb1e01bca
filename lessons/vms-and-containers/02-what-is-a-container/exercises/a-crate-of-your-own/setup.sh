# Four orders, of which the one for the student's ship says a number of its own.
mkdir -p /srv/orders
cd /srv/orders
echo "Argo: 75 boxes" > Argo
echo "Beagle: 42 boxes" > Beagle
echo "Calypso: 108 boxes" > Calypso
echo "Discovery: 60 boxes" > Discovery
echo "{{ ship }}: {{ boxes }} boxes" > "{{ ship }}"
