"""Bring our own static programs into every machine, in a read-only volume.

They are the PTY server, the checker and busybox. A machine with an engine of its own may mount the
volume again, writable. So its files belong to the engine host's own root, which is nobody in a
machine of an engine with user namespaces, and has no name there that anybody could take.
"""

import hashlib
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import docker
from docker.errors import APIError, ImageNotFound, NotFound
from docker.types import Mount

from core.archives import pack_tar
from sandboxes.engine.docker.client import already_done, image_fact, is_conflict
from sandboxes.engine.docker.labels import LABEL_TOOLS
from sandboxes.errors import EngineError


def tools_hash(folder: Path) -> str:
    """Compute 12 hex digits that change with any file's name or content.

    Raises EngineError for a folder without files.
    """
    files = tool_files(folder)
    if not files:
        raise EngineError(f"there are no tools in {folder}: run `manage.py images`")
    states = ((path, path.stat()) for path in files)
    return content_hash(
        tuple((str(path), state.st_mtime_ns, state.st_size) for path, state in states)
    )


def tool_files(folder: Path) -> list[Path]:
    """List the tools in a folder, in a fixed order; none where there is no such folder."""
    return sorted(path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []


@lru_cache(maxsize=8)
def content_hash(files: tuple[tuple[str, int, int], ...]) -> str:
    """Hash the content of files, given as (path, time of change, size)."""
    digest = hashlib.sha256(b"owned by the host")
    for path, _, size in files:
        digest.update(f"{Path(path).name} {size} ".encode() + Path(path).read_bytes())
    return digest.hexdigest()[:12]


def ensure_tools_volume(api: docker.APIClient, folder: Path, *, installation: str) -> str:
    """Make the volume with the files of `folder`, and return its name.

    It is complete when no loader container of its name is left, so that a worker killed half-way
    leaves something that the next worker finishes.
    """
    name = f"{installation}-tools-{tools_hash(folder)}"
    if is_complete(api, name):
        return name
    create_loader(api, name, installation=installation)
    # Somebody else may have finished, and removed the loader, meanwhile.
    with suppress(NotFound):
        tools = {path.name: (path.read_bytes(), 0o755) for path in tool_files(folder)}
        api.put_archive(name, "/tools", pack_tar(tools))
        api.start(name)
        if api.wait(name, timeout=30)["StatusCode"] != 0:
            raise EngineError("the tools could not be given to the host's root")
    with already_done():
        api.remove_container(name, force=True)
    if not is_complete(api, name):
        raise EngineError("the tools could not be brought onto the engine")
    return name


def is_complete(api: docker.APIClient, name: str) -> bool:
    """Whether the volume is there and its loader is done."""
    try:
        api.inspect_volume(name)
    except NotFound:
        return False
    return not api.containers(all=True, filters={"name": f"^/{name}$"})


def create_loader(api: docker.APIClient, name: str, *, installation: str) -> None:
    """Create a container that gives the volume's files to root outside of user namespaces.

    Creating it makes the volume, label and all, in a single call.
    """
    volume = Mount("/tools", name, type="volume", no_copy=True, labels={LABEL_TOOLS: installation})
    image = empty_image(api, installation)
    host_config = api.create_host_config(
        mounts=[volume],
        network_mode="none",
        userns_mode="host",
        cap_drop=["ALL"],
        cap_add=["CHOWN"],
    )
    command = ["/tools/busybox", "chown", "-R", "0:0", "/tools"]
    try:
        api.create_container(image, command=command, name=name, host_config=host_config)
    except APIError as error:
        if not is_conflict(error):
            raise


def empty_image(api: docker.APIClient, installation: str) -> str:
    """Import an image with nothing in it, unless it is there, and return its tag."""
    tag = f"{installation}/empty"
    try:
        image_fact(api, tag)
    except ImageNotFound:
        api.import_image_from_data(pack_tar({}), repository=tag, tag="latest")
    return tag
