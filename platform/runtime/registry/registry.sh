#!/bin/sh
# Your images in the registry: what there is, and how to get rid of it.
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
        echo 'registry ls             what you have pushed, and your name here' >&2
        echo 'registry rm NAME:TAG    delete one image; without :TAG all of that name' >&2
        exit 2
        ;;
esac
