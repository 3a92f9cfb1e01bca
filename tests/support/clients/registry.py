"""A client of the registry's API with the standard library only, run inside a container by the
tests: what Docker does when it pushes and pulls, and what a student would try with curl.
`python3 client.py USER PASSWORD WORDS…` prints JSON."""

import base64
import hashlib
import http.client
import io
import json
import sys
import tarfile

HOST, PORT = "registry", 5000
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


def ask(user, password, method, path, body=None, kind="application/octet-stream", chunked=False):
    """(status, headers, body); status 0 when the connection breaks."""
    connection = http.client.HTTPConnection(HOST, PORT, timeout=30)
    headers = {"Content-Type": kind, "Accept": MANIFEST}
    if password:
        headers["Authorization"] = (
            "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        )
    data = iter([body]) if chunked else body
    try:
        connection.request(method, path, body=data, headers=headers, encode_chunked=chunked)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    except ConnectionError as error:
        return 0, {}, repr(error).encode()


def blob(user, password, name, content):
    """Upload as Docker does: POST, one chunked PATCH, PUT. Returns what stopped it, or None."""
    digest = "sha256:" + hashlib.sha256(content).hexdigest()
    if ask(user, password, "HEAD", f"/v2/{name}/blobs/{digest}")[0] == 200:
        return None
    status, headers, reply = ask(user, password, "POST", f"/v2/{name}/blobs/uploads/")
    if status != 202:
        return status, reply.decode()
    status, headers, reply = ask(
        user, password, "PATCH", headers["Location"], content, chunked=True
    )
    if status != 202:
        return status, reply.decode()
    location = headers["Location"]
    status, headers, reply = ask(
        user, password, "PUT", f"{location}{'&' if '?' in location else '?'}digest={digest}"
    )
    return None if status == 201 else (status, reply.decode())


def push(user, password, name, tag, size, seed):
    """An image of one layer with `size` bytes made from `seed`."""
    layer = hashlib.shake_128(seed.encode()).digest(int(size))
    return put(user, password, name, tag, layer, {"seed": seed})


def push_image(user, password, name, tag, text):
    """An image that Docker takes for one, with one file."""
    file = tarfile.TarInfo("word")
    file.size = len(text)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.addfile(file, io.BytesIO(text.encode()))
    layer = buffer.getvalue()
    files = {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(layer).hexdigest()]}
    config = {"architecture": "amd64", "os": "linux", "config": {"Cmd": ["/word"]}, "rootfs": files}
    return put(user, password, name, tag, layer, config)


def put(user, password, name, tag, layer, config):
    """Layer, config and manifest, in the order in which Docker sends them."""
    config = json.dumps(config).encode()
    for content in (layer, config):
        stopped = blob(user, password, name, content)
        if stopped:
            return {"status": stopped[0], "said": stopped[1]}
    entry = [
        {"size": len(part), "digest": "sha256:" + hashlib.sha256(part).hexdigest()}
        for part in (config, layer)
    ]
    types = (
        "application/vnd.docker.container.image.v1+json",
        "application/vnd.docker.image.rootfs.diff.tar.gzip",
    )
    manifest = {"schemaVersion": 2, "mediaType": MANIFEST}
    manifest["config"] = {**entry[0], "mediaType": types[0]}
    manifest["layers"] = [{**entry[1], "mediaType": types[1]}]
    body = json.dumps(manifest).encode()
    status, headers, reply = ask(
        user, password, "PUT", f"/v2/{name}/manifests/{tag}", body, MANIFEST
    )
    return {
        "status": status,
        "said": reply.decode(),
        "digest": headers.get("Docker-Content-Digest", ""),
    }


def pull(user, password, name, tag):
    """The SHA-256 of the only layer."""
    status, _, reply = ask(user, password, "GET", f"/v2/{name}/manifests/{tag}")
    if status != 200:
        return {"status": status, "said": reply.decode()}
    digest = json.loads(reply)["layers"][0]["digest"]
    status, _, content = ask(user, password, "GET", f"/v2/{name}/blobs/{digest}")
    return {"status": status, "layer": hashlib.sha256(content).hexdigest(), "digest": digest}


def request(user, password, method, path):
    status, headers, reply = ask(user, password, method, path)
    return {"status": status, "headers": headers, "said": reply.decode(errors="replace")}


if __name__ == "__main__":
    user, password, action, *arguments = sys.argv[1:]
    actions = {"push": push, "push_image": push_image, "pull": pull, "request": request}
    json.dump(actions[action](user, password, *arguments), sys.stdout)
