"""Share what every part of a Docker engine needs: its client, its installation and its host."""

import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import docker

from sandboxes.engine.docker import tools_volume
from sandboxes.engine.docker.client import connect, engine_errors, image_fact
from sandboxes.engine.docker.labels import LABEL_INSTALLATION, LABEL_MACHINE
from sandboxes.engine.facts import EngineInfo, ImageFact, Resource
from sandboxes.engine.linux.quotas import has_simple_quotas
from sandboxes.engine.linux.resources import measure_resources
from sandboxes.engine.machine_paths import PTY_SOCKET

# Drivers that bound a container's disk by `storage_opt size`. overlay2 can on xfs with project
# quotas, which it only tells by refusing, so it does not count.
SIZE_DRIVERS = ("btrfs", "zfs")
DEFAULT_URL = "unix:///var/run/docker.sock"
SOCKET_FOLDER = str(Path(PTY_SOCKET).parent)


class EngineContext:
    """Connect to an engine when it is first asked, and remember what never changes about it.

    What can be had from this host at no cost (files, copies of disks) is, where the engine is on it
    (`is_local`); the engine gives the same.
    """

    def __init__(
        self,
        docker_url: str,
        *,
        installation: str,
        sockets_dir: Path,
        tools_dir: Path,
        use_host: bool,
    ) -> None:
        self.docker_url = docker_url or DEFAULT_URL
        self.is_local = use_host and self.docker_url.startswith("unix:")
        self.installation = installation
        self.sockets_dir = sockets_dir
        self.tools_dir = tools_dir

    @cached_property
    def api(self) -> docker.APIClient:
        return connect(self.docker_url)

    @property
    def labels(self) -> dict[str, str]:
        """Return the labels of this installation's objects."""
        return {LABEL_INSTALLATION: self.installation}

    def machine_labels(self, machine_id: str) -> dict[str, str]:
        """Return the labels of a machine's objects."""
        return {**self.labels, LABEL_MACHINE: machine_id}

    def container_name(self, machine_id: str) -> str:
        return f"{self.installation}-m-{machine_id.replace('-', '')}"

    def network_name(self, machine_id: str) -> str:
        return f"{self.installation}-n-{machine_id.replace('-', '')}"

    def runs_here(self, container: Mapping[str, Any]) -> bool:
        """Whether an inspected machine runs on this host: its socket folder is mounted then."""
        return any(mount["Destination"] == SOCKET_FOLDER for mount in container["Mounts"])

    def info(self) -> EngineInfo:
        with engine_errors():
            return engine_info(self.api.info())

    @cached_property
    def first_info(self) -> EngineInfo:
        return self.info()

    def cached_info(self) -> EngineInfo:
        return self.first_info

    def resources(self) -> list[Resource]:
        if not self.is_local:
            return []
        folders = [Path(self.first_info.root_dir), self.tools_dir]
        return measure_resources(
            [folder for folder in folders if folder.is_dir()], remap_uid=self.first_info.remap_uid
        )

    def image(self, tag: str) -> ImageFact:
        with engine_errors():
            return image_fact(self.api, tag)

    def ensure_tools(self, folder: Path) -> str:
        with engine_errors():
            return tools_volume.ensure_tools_volume(
                self.api, folder, installation=self.installation
            )

    @cached_property
    def counts_image(self) -> bool:
        """Whether a container's disk limit counts its image too.

        Only the engine's own host can see that it does not; elsewhere it is assumed to.
        """
        return not has_simple_quotas(Path(self.first_info.root_dir))

    @cached_property
    def btrfs_root(self) -> Path | None:
        """Return the engine's data root where it is on this host and its driver is btrfs."""
        is_btrfs = self.is_local and self.first_info.storage_driver == "btrfs"
        return Path(self.first_info.root_dir) if is_btrfs else None

    def disk_size(self, own_bytes: int, image_bytes: int) -> int | None:
        """Compute the limit of a container that may write so much beside its image.

        Returns None where the driver bounds no disk.
        """
        if not self.first_info.size_limit:
            return None
        return own_bytes + (image_bytes if self.counts_image else 0)


def engine_info(info: dict[str, Any]) -> EngineInfo:
    """Read the engine's answer to /info."""
    options = info.get("SecurityOptions") or []
    remap = re.search(r"/(\d+)\.\d+/?$", info["DockerRootDir"])
    return EngineInfo(
        version=info["ServerVersion"],
        kernel=info["KernelVersion"],
        userns=any("name=userns" in option for option in options),
        remap_uid=int(remap.group(1)) if remap else 0,
        cgroup_version=int(info.get("CgroupVersion") or 1),
        storage_driver=info["Driver"],
        size_limit=info["Driver"] in SIZE_DRIVERS,
        seccomp=any("name=seccomp" in option for option in options),
        cpus=info["NCPU"],
        memory_bytes=info["MemTotal"],
        root_dir=info["DockerRootDir"],
    )
