# fails: sent
# Printed the postcard, and was gone.
mkdir -p /root/postcard && cd /root/postcard || exit 1
echo 'Greetings.' > postcard
printf '%s\n' 'FROM drydock/busybox' 'COPY postcard /postcard' 'USER nobody' 'CMD ["cat", "/postcard"]' > Dockerfile
docker build -t postcard:1 .
docker run --rm --name sent postcard:1
