# fails: image
# Works, with more powers than it needs.
mkdir -p /root/postcard && cd /root/postcard || exit 1
echo 'Greetings.' > postcard
printf '%s\n' 'FROM drydock/busybox' 'COPY postcard /postcard' 'CMD ["cat", "/postcard"]' > Dockerfile
docker build -t postcard:1 .
docker run --name sent postcard:1
