# fails: north
# Inside and outside in the wrong order.
docker run -d --name north -p 80:8081 drydock/nginx
docker run -d --name south -p 8082:80 drydock/nginx
docker exec north sh -c 'echo North > /usr/share/nginx/html/index.html'
