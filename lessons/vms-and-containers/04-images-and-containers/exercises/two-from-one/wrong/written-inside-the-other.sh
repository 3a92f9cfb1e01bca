# fails: written-inside
# In the right file of the wrong container.
docker run -d --name north -p 8081:80 drydock/nginx
docker run -d --name south -p 8082:80 drydock/nginx
docker exec south sh -c 'echo North > /usr/share/nginx/html/index.html'
