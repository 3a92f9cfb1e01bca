"""Copy a machine's disk into a container that has not been started, in two ways.

By a commit, everywhere: the machine is paused from before its size is measured until it is copied,
because a commit writes every byte of a sparse file (6 s a gigabyte), so a student could otherwise
fill the engine's disk between the two. The pause also holds two copies of a machine apart. A worker
killed half-way leaves it paused; the reaper sees to that.

By a snapshot, where the engine's driver is btrfs, its quotas are simple ones and its disk is this
host's: the container is made from the machine's image, and its disk then replaced by a snapshot of
the machine's. That takes some milliseconds, pauses nothing, and holes cost nothing. Where the
driver's subvolumes are not found, a commit does.

Either way gives the same.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import docker
from docker.errors import APIError

from core.waiting import wait_until
from sandboxes.engine.docker.client import already_done, remove_container
from sandboxes.engine.docker.labels import LABEL_CONTENT, LABEL_SNAPSHOT
from sandboxes.engine.limits import MIB
from sandboxes.engine.linux import btrfs
from sandboxes.engine.linux.docker_disks import find_disk
from sandboxes.errors import EngineError, SnapshotTooLarge

logger = logging.getLogger(__name__)

# What a machine may hold beside its image, sparse files at their full length, to be committed.
COPY_MAX = 400 * MIB
PAUSE_SECONDS = 10.0

# Creates a container under a name, of an image, and returns its id.
Create = Callable[[str, str], str]


class SnapshotMethod(Protocol):
    """Copy machines."""

    def make(self, machine: str, name: str, create: Create) -> None:
        """Make a container `name` with the disk of `machine` as it is now.

        Raises SnapshotTooLarge, the SDK's errors, OSError.
        """
        ...

    def remove(self, name: str) -> None:
        """Remove a snapshot and its image; a missing one is no error."""
        ...


class CommitSnapshots:
    """Copy machines by a commit."""

    def __init__(self, api: docker.APIClient, *, installation: str) -> None:
        self._api = api
        self._repository = f"{installation}/snapshot"

    def make(self, machine: str, name: str, create: Create) -> None:
        with paused(self._api, machine):
            size = written_bytes(self._api, machine)
            if size > COPY_MAX:
                raise SnapshotTooLarge(f"{size} bytes")
            image = self._api.commit(
                machine,
                repository=self._repository,
                tag=name,
                pause=False,
                conf={"Labels": {LABEL_SNAPSHOT: "1", LABEL_CONTENT: ""}},
            )
        create(name, str(image["Id"]))

    def remove(self, name: str) -> None:
        remove_container(self._api, name)
        with already_done():
            self._api.remove_image(f"{self._repository}:{name}", force=True, noprune=True)


class BtrfsSnapshots:
    """Copy machines by a btrfs snapshot; `root` is the engine's data root on this host."""

    def __init__(self, api: docker.APIClient, *, root: Path) -> None:
        self._api = api
        self._root = root

    def make(self, machine: str, name: str, create: Create) -> None:
        container = self._api.inspect_container(machine)
        source = find_disk(self._root, container["Id"])
        copy = find_disk(self._root, create(name, str(container["Image"])))
        btrfs.replace(copy, partial(btrfs.snapshot, source))

    def remove(self, name: str) -> None:
        remove_container(self._api, name, btrfs_root=self._root)


class FallbackSnapshots:
    """Copy machines by a snapshot, or by a commit where that is not possible."""

    def __init__(self, snapshots: BtrfsSnapshots, commits: CommitSnapshots) -> None:
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


@contextmanager
def paused(api: docker.APIClient, container_id: str) -> Iterator[None]:
    """Pause a machine's processes meanwhile. Waits while somebody else has it paused."""
    if not wait_until(lambda: try_pause(api, container_id), seconds=PAUSE_SECONDS):
        raise EngineError("the machine stays paused")
    try:
        yield
    finally:
        with already_done():
            api.unpause(container_id)


def try_pause(api: docker.APIClient, container_id: str) -> bool:
    """Pause a machine, or return False when it is paused already."""
    try:
        api.pause(container_id)
    except APIError as error:
        if "already paused" not in str(error.explanation):
            raise
        return False
    return True


def written_bytes(api: Any, container_id: str) -> int:
    """Add up the files that the machine has and its image has not, holes included.

    The SDK's own inspect_container can't ask for it.
    """
    response = api._get(api._url("/containers/{0}/json", container_id), params={"size": "true"})
    return int(api._result(response, json=True)["SizeRw"])
