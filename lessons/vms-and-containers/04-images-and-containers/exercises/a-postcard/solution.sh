mkdir -p /root/postcard && cd /root/postcard || exit 1
echo 'The harbour is lovely. Wish you were here.' > postcard
printf '%s\n' 'FROM drydock/busybox' 'COPY postcard /postcard' 'USER nobody' 'CMD ["cat", "/postcard"]' > Dockerfile
docker build -t postcard:1 .
docker rm -f sent
docker run --name sent postcard:1
