# fails: image
# By hand instead of by a recipe: written in a container, and that saved.
docker run --name draft drydock/busybox sh -c 'echo Greetings. > /postcard'
docker commit --change 'USER nobody' --change 'CMD ["cat", "/postcard"]' draft postcard:1
docker run --name sent postcard:1
