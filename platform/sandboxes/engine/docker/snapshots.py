"""Copies of a machine's disk, as containers that have not been started: in two ways, which give the same.

By a commit, everywhere: the machine is paused from before its size is measured until it is copied, because a commit
writes every byte of a sparse file (6 s a gigabyte), so a student could otherwise fill the engine's disk between the
two. The pause also keeps two copies of one machine apart. A worker killed half-way leaves it paused; the reaper sees to
that.

By a snapshot, where the engine's driver is btrfs, its quotas are simple ones and its disk is this host's: the container
is made from the machine's image, and its disk then replaced by a snapshot of the machine's. That takes some
milliseconds, pauses nothing, and holes cost nothing. It knows where the driver keeps its subvolumes (layer/mount.go and
daemon/graphdriver/btrfs of docker.io 20.10 to 27); where they are not found, a commit does.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import docker
from docker.errors import APIError

from sandboxes.engine.docker.client import already_done
from sandboxes.engine.limits import MIB
from sandboxes.engine.linux import btrfs
from sandboxes.errors import EngineError, SnapshotTooLarge

logger = logging.getLogger(__name__)

LABEL_SNAPSHOT = "drydock.snapshot"
# What an image was made from (see operate/images/machine_images.py). A commit inherits labels, and a student's disk must never
# be taken for the image itself.
LABEL_CONTENT = "drydock.content"
COPY_MAX = 400 * MIB  # what a machine may hold beside its image, sparse files at their full length, to be committed
PAUSE_SECONDS = 10.0

# Makes a container of an image: its name and the image. Returns its id.
Create = Callable[[str, str], str]


class SnapshotMethod(Protocol):
    """A way to copy machines."""

    def make(self, machine: str, name: str, create: Create) -> None:
        """Make a container `name` with the disk of `machine` as it is now. Raises SnapshotTooLarge, the SDK's errors,
        OSError."""
        ...

    def remove(self, name: str) -> None:
        """Remove it, running or not, and whatever was made for it. Nothing to remove is no error."""
        ...


class CommitSnapshots:
    """By a commit."""

    def __init__(self, api: docker.APIClient, *, installation: str) -> None:
        self._api = api
        self._repository = f"{installation}/snapshot"

    def make(self, machine: str, name: str, create: Create) -> None:
        with _paused(self._api, machine):
            held = _held_bytes(self._api, machine)
            if held > COPY_MAX:
                raise SnapshotTooLarge(f"{held} bytes")
            conf = {"Labels": {LABEL_SNAPSHOT: "1", LABEL_CONTENT: ""}}
            made = self._api.commit(machine, repository=self._repository, tag=name, pause=False, conf=conf)
        create(name, str(made["Id"]))

    def remove(self, name: str) -> None:
        remove_container(self._api, name)
        with already_done():
            self._api.remove_image(f"{self._repository}:{name}", force=True, noprune=True)


class Snapshots:
    """By a snapshot. `root` is the engine's data root on this host."""

    def __init__(self, api: docker.APIClient, *, root: Path) -> None:
        self._api = api
        self._root = root

    def make(self, machine: str, name: str, create: Create) -> None:
        found = self._api.inspect_container(machine)
        source = self._disk(found["Id"])
        copy = self._disk(create(name, str(found["Image"])))
        btrfs.replace(copy, partial(btrfs.snapshot, source))

    def remove(self, name: str) -> None:
        """The driver looks through every folder of what it removes, which takes a second of processor time for an
        image's; an empty subvolume takes none."""
        with already_done():
            self._api.stop(name, timeout=0)
            disk = self._disk(str(self._api.inspect_container(name)["Id"]))
            for subvolume in (disk, disk.with_name(f"{disk.name}-init")):
                with suppress(OSError):
                    btrfs.replace(subvolume, btrfs.create)
        remove_container(self._api, name)

    def _disk(self, container_id: str) -> Path:
        """The subvolume that is a container's disk. Raises OSError."""
        known = self._root / "image" / "btrfs" / "layerdb" / "mounts" / container_id / "mount-id"
        return self._root / "btrfs" / "subvolumes" / known.read_text().strip()


class FallbackSnapshots:
    """By a snapshot, and by a commit where that can't be had."""

    def __init__(self, snapshots: Snapshots, commits: CommitSnapshots) -> None:
        self._snapshots = snapshots
        self._commits = commits

    def make(self, machine: str, name: str, create: Create) -> None:
        try:
            self._snapshots.make(machine, name, create)
        except OSError as error:
            logger.warning("no snapshot of %s, so it is committed: %s", machine, error)
            self._snapshots.remove(name)
            self._commits.make(machine, name, create)

    def remove(self, name: str) -> None:
        with suppress(OSError):
            self._snapshots.remove(name)
        self._commits.remove(name)


def remove_container(api: docker.APIClient, name: str) -> None:
    """Remove a container with its anonymous volumes, running or not, if it is there."""
    with already_done():
        api.remove_container(name, force=True, v=True)


@contextmanager
def _paused(api: docker.APIClient, container_id: str) -> Iterator[None]:
    """Nothing in the machine runs meanwhile. Waits while another one has it paused."""
    deadline = time.monotonic() + PAUSE_SECONDS
    while not _pause(api, container_id):
        if time.monotonic() > deadline:
            raise EngineError("the machine stays paused")
        time.sleep(0.05)
    try:
        yield
    finally:
        with already_done():
            api.unpause(container_id)


def _pause(api: docker.APIClient, container_id: str) -> bool:
    try:
        api.pause(container_id)
    except APIError as error:
        if "already paused" not in str(error.explanation):
            raise
        return False
    return True


def _held_bytes(api: Any, container_id: str) -> int:
    """Length of all files that the machine has and its image has not, holes included. The SDK's own inspect_container
    can't ask for it."""
    response = api._get(api._url("/containers/{0}/json", container_id), params={"size": "true"})
    return int(api._result(response, json=True)["SizeRw"])
