"""The read-only volume that brings our own static programs (PTY server, checker, busybox) into every machine."""

import hashlib
import io
import tarfile
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import docker
from docker.errors import APIError, ImageNotFound, NotFound
from docker.types import Mount

from sandboxes.docker_api import already_done, image_fact, is_conflict
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
    digest = hashlib.sha256()
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


def _create_loader(api: docker.APIClient, name: str, *, installation: str) -> None:
    """A container that never runs; making it makes the volume, label and all, in one call."""
    volume = Mount("/tools", name, type="volume", no_copy=True, labels={LABEL_TOOLS: installation})
    image = _empty_image(api, installation)
    try:
        api.create_container(image, command=["never"], name=name, host_config=api.create_host_config(mounts=[volume]))
    except APIError as error:
        if not is_conflict(error):
            raise


def _empty_image(api: docker.APIClient, installation: str) -> str:
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
