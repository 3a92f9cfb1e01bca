"""The read-only volume that brings our own static programs (PTY server, checker, busybox) into every machine.

A machine with an engine of its own may mount it again, writable. So its files belong to the engine host's own root,
which is nobody in a machine of an engine with user namespaces, and has no name there that anybody could take.
"""

import hashlib
import io
import tarfile
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import docker
from docker.errors import APIError, ImageNotFound, NotFound
from docker.types import Mount

from sandboxes.engine.docker.client import already_done, image_fact, is_conflict
from sandboxes.errors import EngineError

LABEL_TOOLS = "drydock.tools"


def tools_hash(folder: Path) -> str:
    """12 hex digits that change with any file's name or content. Raises EngineError for a folder without files."""
    files = sorted(path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []
    if not files:
        raise EngineError(f"there are no tools in {folder}: run `manage.py images`")
    return _hash(tuple((str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in files))


@lru_cache(maxsize=8)
def _hash(files: tuple[tuple[str, int, int], ...]) -> str:
    digest = hashlib.sha256(b"owned by the host")
    for path, _, size in files:
        digest.update(f"{Path(path).name} {size} ".encode() + Path(path).read_bytes())
    return digest.hexdigest()[:12]


def ensure_tools_volume(api: docker.APIClient, folder: Path, *, installation: str) -> str:
    """The volume's name. It is complete when no loader container of its name is left, so that a worker killed half-way
    leaves something that the next one finishes."""
    name = f"{installation}-tools-{tools_hash(folder)}"
    if _complete(api, name):
        return name
    _create_loader(api, name, installation=installation)
    # Somebody else may have finished, and removed the loader, meanwhile.
    with suppress(NotFound):
        api.put_archive(name, "/tools", _pack(folder))
        _give_to_host(api, name)
    with already_done():
        api.remove_container(name, force=True)
    if not _complete(api, name):
        raise EngineError("the tools could not be brought onto the engine")
    return name


def _complete(api: docker.APIClient, name: str) -> bool:
    try:
        api.inspect_volume(name)
    except NotFound:
        return False
    return not api.containers(all=True, filters={"name": f"^/{name}$"})


def _give_to_host(api: docker.APIClient, name: str) -> None:
    """Run the loader once. Raises EngineError when it could not hand the files over."""
    api.start(name)
    if api.wait(name, timeout=30)["StatusCode"] != 0:
        raise EngineError("the tools could not be given to the host's root")


def _create_loader(api: docker.APIClient, name: str, *, installation: str) -> None:
    """A container that gives the volume's files to root outside of user namespaces; making it makes the volume, label
    and all, in one call."""
    volume = Mount("/tools", name, type="volume", no_copy=True, labels={LABEL_TOOLS: installation})
    image = empty_image(api, installation)
    host_config = api.create_host_config(
        mounts=[volume], network_mode="none", userns_mode="host", cap_drop=["ALL"], cap_add=["CHOWN"]
    )
    command = ["/tools/busybox", "chown", "-R", "0:0", "/tools"]
    try:
        api.create_container(image, command=command, name=name, host_config=host_config)
    except APIError as error:
        if not is_conflict(error):
            raise


def empty_image(api: docker.APIClient, installation: str) -> str:
    """The tag of an image with nothing in it."""
    tag = f"{installation}/empty"
    try:
        image_fact(api, tag)
    except ImageNotFound:
        empty = io.BytesIO()
        tarfile.open(fileobj=empty, mode="w").close()
        api.import_image_from_data(empty.getvalue(), repository=tag, tag="latest")
    return tag


def _pack(folder: Path) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for path in sorted(folder.iterdir()):
            if path.is_file():
                info = tarfile.TarInfo(path.name)
                info.size, info.mode = path.stat().st_size, 0o755
                archive.addfile(info, io.BytesIO(path.read_bytes()))
    return buffer.getvalue()
