#!/bin/sh
# List the images that you have pushed to the registry, and delete them.
ask() {
    curl -sS --fail-with-body --max-time 60 -H 'Authorization: Basic @AUTH@' "$@"
}
case "$1:$#" in
    :0 | ls:1)
        ask http://@ADDRESS@/me
        ;;
    rm:2)
        ask -X POST -G --data-urlencode "image=$2" http://@ADDRESS@/me/delete
        ;;
    *)
        echo 'registry ls             list your images, your name here and the space left' >&2
        echo 'registry rm NAME:TAG    delete an image; without :TAG, all images of that name' >&2
        exit 2
        ;;
esac
