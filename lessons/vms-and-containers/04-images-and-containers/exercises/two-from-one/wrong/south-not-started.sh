# fails: south
# Made, but not started: "create" instead of "run".
docker run -d --name north -p 8081:80 drydock/nginx
docker create --name south -p 8082:80 drydock/nginx
docker exec north sh -c 'echo North > /usr/share/nginx/html/index.html'
