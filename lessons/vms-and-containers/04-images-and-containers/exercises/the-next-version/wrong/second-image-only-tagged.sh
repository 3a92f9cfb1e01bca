# fails: second-image
# Another label on the old image.
mkdir -p /root/page && cd /root/page || exit 1
printf '%s\n' 'FROM drydock/nginx' 'COPY index.html /usr/share/nginx/html/' > Dockerfile
echo 'Open from nine to five.' > index.html
docker build -t page:1 .
docker tag page:1 page:2
docker run -d --name page -p 8080:80 page:2
