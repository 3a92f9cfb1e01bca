docker rm -f north south
docker run -d --name north -p 8081:80 drydock/nginx
docker run -d --name south -p 8082:80 drydock/nginx
docker exec north sh -c 'echo "This is the north." > /usr/share/nginx/html/index.html'
