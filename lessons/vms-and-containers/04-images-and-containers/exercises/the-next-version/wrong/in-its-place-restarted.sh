# fails: in-its-place
# Built the new image, and restarted the old container.
mkdir -p /root/page && cd /root/page || exit 1
printf '%s\n' 'FROM drydock/nginx' 'COPY index.html /usr/share/nginx/html/' > Dockerfile
echo 'Open from nine to five.' > index.html
docker build -t page:1 .
docker run -d --name page -p 8080:80 page:1
echo 'Open day and night.' > index.html
docker build -t page:2 .
docker restart -t 1 page
