"""Fill the registry's `library/` with the images that `docker` machines begin with.

Only an engine that has them can push them, so a machine is made for it from the image that all
others are made from. It has no network: it gets a password for `library/`, which no student and no
instructor has, and the core's socket. What runs in it is runtime/registry/fill_library.py.
"""

import time
from collections.abc import Mapping
from typing import Any

import docker
from django.conf import settings
from docker.errors import APIError
from docker.types import Mount

from core.archives import pack_tar
from sandboxes.engine.docker.client import is_conflict, remove_container
from sandboxes.engine.docker.machines import NO_MASKS
from sandboxes.engine.docker.probes import last_output, wait_for_exit
from sandboxes.errors import EngineError
from sandboxes.machine_types.base import MachineType
from sandboxes.machine_types.registry import machine_types

LIBRARY_ADDRESS = "127.0.0.1:5000"  # of the registry, as fill_library.py has it
PROGRAM = "/usr/local/sbin/fill-library"
PROGRAM_FILE = settings.BASE_DIR / "platform/runtime/registry/fill_library.py"
# The repository that has a tag for the machine's image that `library/` was filled from.
MARKED = "library/preloaded"
FILL_SECONDS = 240.0
# What a killed worker left; nobody else's takes so long.
LEFTOVER_SECONDS = 600


def preloading_type() -> MachineType:
    """Return the type of machine whose engine has images from the start."""
    return next(each for each in machine_types() if each.preloads_images)


def run_filler(
    api: docker.APIClient,
    name: str,
    *,
    image: str,
    mark: str,
    sockets: Mapping[str, str],
    files: Mapping[str, tuple[bytes, int]],
    labels: Mapping[str, str],
) -> bool:
    """Run the machine that fills the library to its end; False while another does.

    `sockets` are paths by the names of volumes. Raises EngineError, and what the SDK raises.
    """
    remove_stale(api, name)
    try:
        container = make_filler(api, name, image, mark, sockets, labels)
    except APIError as error:
        if not is_conflict(error):
            raise
        return False
    try:
        program = {PROGRAM: (PROGRAM_FILE.read_bytes(), 0o755)}
        api.put_archive(container, "/", pack_tar({**files, **program}, mtime=int(time.time())))
        api.start(container)
        if wait_for_exit(api, container, FILL_SECONDS) != 0:
            raise EngineError(f"the library is not filled: {last_output(api, container)}")
    finally:
        remove_container(api, container)
    return True


def make_filler(
    api: docker.APIClient,
    name: str,
    image: str,
    mark: str,
    sockets: Mapping[str, str],
    labels: Mapping[str, str],
) -> str:
    host_config: dict[str, Any] = api.create_host_config(
        network_mode="none",
        mounts=[Mount(path, volume, type="volume") for volume, path in sockets.items()],
        **preloading_type().limits.to_docker(size_bytes=None),
    )
    created = api.create_container(
        image,
        name=name,
        entrypoint=["python3", PROGRAM, mark],
        command=[],
        labels=dict(labels),
        host_config={**host_config, **NO_MASKS},
    )
    return str(created["Id"])


def remove_stale(api: docker.APIClient, name: str) -> None:
    for row in api.containers(all=True, filters={"name": f"^/{name}$"}):
        if time.time() - row["Created"] > LEFTOVER_SECONDS:
            remove_container(api, row["Id"])
