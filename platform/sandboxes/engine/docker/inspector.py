"""What a grader and an operator may know of a Docker engine and its machines: the calls that only look.

docker_engine.py's DockerEngine is made of these and of the calls that change something.
"""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

import docker

from sandboxes.engine.docker import connections, stats, tools_volume
from sandboxes.engine.docker import files as docker_files
from sandboxes.engine.docker.attestation import Attestor
from sandboxes.engine.docker.client import LABEL_INSTALLATION, connect, engine_errors, image_fact
from sandboxes.engine.docker.probes import Prober
from sandboxes.engine.docker.snapshots import (
    LABEL_SNAPSHOT,
    CommitSnapshots,
    FallbackSnapshots,
    SnapshotMethod,
    Snapshots,
)
from sandboxes.engine.interface import (
    AttestedConnection,
    EngineInfo,
    FileFact,
    ImageFact,
    MachineFacts,
    ProbeCommand,
    ProbeFact,
    ProcessFact,
    Usage,
)
from sandboxes.engine.linux import machine_files
from sandboxes.engine.linux.quotas import has_simple_quotas

# Drivers that bound a container's disk by `storage_opt size`. overlay2 can on xfs with project quotas, which it only
# tells by refusing, so it does not count.
SIZE_DRIVERS = ("btrfs", "zfs")


class DockerEvidence:
    """One Docker engine, looked at. Made without a call to it; every method connects when it has to. What can be had
    from this host at no cost (files, copies of disks) is, where the engine is on it and it is `here` to be used; the
    engine gives the same."""

    def __init__(
        self, docker_url: str, *, installation: str, sockets_dir: Path, tools_dir: Path, here: bool = True
    ) -> None:
        self._docker_url = docker_url or "unix:///var/run/docker.sock"
        self._here = here and self._docker_url.startswith("unix:")
        self._installation = installation
        self._sockets_dir = sockets_dir
        self._tools_dir = tools_dir

    @cached_property
    def _api(self) -> docker.APIClient:
        return connect(self._docker_url)

    @cached_property
    def _first_info(self) -> EngineInfo:
        return self.info()

    @cached_property
    def _host_files(self) -> machine_files.HostFiles:
        return machine_files.HostFiles(self._api.inspect_container, remap=self._first_info.remap_uid)

    def info(self) -> EngineInfo:
        with engine_errors():
            return _engine_info(self._api.info())

    def cached_info(self) -> EngineInfo:
        return self._first_info

    def image(self, tag: str) -> ImageFact:
        with engine_errors():
            return image_fact(self._api, tag)

    def ensure_tools(self, folder: Path) -> str:
        with engine_errors():
            return tools_volume.ensure_tools_volume(self._api, folder, installation=self._installation)

    def facts(self, container_id: str) -> MachineFacts:
        info = self._first_info
        with engine_errors():
            return _machine_facts(self._api.inspect_container(container_id), info)

    def processes(self, container_id: str) -> list[ProcessFact]:
        base = self._first_info.remap_uid
        with engine_errors():
            # Two calls, each with the free text last: `comm` may hold spaces, and the engine splits columns at spaces.
            args = self._api.top(container_id, "-eo pid,ppid,uid,args")["Processes"] or []
            commands = dict(self._api.top(container_id, "-eo pid,comm")["Processes"] or [])
        return [
            ProcessFact(int(pid), int(ppid), int(uid) - base, commands[pid], line)
            for pid, ppid, uid, line in args
            if pid in commands
        ]

    def usage(self, container_id: str) -> Usage:
        with engine_errors():
            return stats.usage(self._api, container_id)

    def read_file(self, container_id: str, path: str, max_bytes: int = 65536) -> FileFact:
        with engine_errors():
            if self._here:
                with suppress(machine_files.UnreadableFromHost):
                    return self._host_files.read(container_id, path, max_bytes)
            remap = self._first_info.remap_uid
            return docker_files.read_file(self._api, container_id, path, max_bytes, remap=remap)

    def probe_snapshot(self, container_id: str, commands: Sequence[ProbeCommand]) -> list[ProbeFact]:
        prober = self._prober()
        with engine_errors():
            return prober.in_copy(container_id, commands)

    def probe_network(self, container_id: str, commands: Sequence[ProbeCommand]) -> list[ProbeFact]:
        prober = self._prober()
        with engine_errors():
            return prober.beside(container_id, commands)

    def run_isolated(self, image: str, files: Mapping[str, bytes], commands: Sequence[ProbeCommand]) -> list[ProbeFact]:
        prober = self._prober()
        with engine_errors():
            return prober.apart(image, files, commands)

    def open_attested(self, container_id: str, socket: str, program: str) -> AttestedConnection:
        with engine_errors():
            return self._looker.open_attested(container_id, socket, program)

    def genuine_processes(self, container_id: str, program: str) -> frozenset[int] | None:
        with engine_errors():
            return self._looker.genuine_processes(container_id, program)

    def ask_guest(self, container_id: str, command: str, seconds: float) -> bytes:
        return connections.ask_guest(self._api, container_id, command, seconds)

    @cached_property
    def _looker(self) -> Attestor:
        labels = {LABEL_INSTALLATION: self._installation, LABEL_SNAPSHOT: "1"}
        tools = self.ensure_tools(self._tools_dir)
        return Attestor(self._api, tools=tools, labels=labels, prefix=self._installation, here=self._here)

    def _disk_size(self, own_bytes: int, image_bytes: int) -> int | None:
        """The limit to give a container that may write so much beside its image; None where the driver bounds none."""
        if not self._first_info.size_limit:
            return None
        return own_bytes + (image_bytes if self._counts_image else 0)

    @cached_property
    def _counts_image(self) -> bool:
        """Whether a container's disk limit counts its image too. Only seen from the engine's own host; else assumed."""
        return not has_simple_quotas(Path(self._first_info.root_dir))

    def _prober(self) -> Prober:
        tools = self.ensure_tools(self._tools_dir)
        return Prober(self._api, self._installation, tools, self._copies, self._disk_size)

    @cached_property
    def _copies(self) -> SnapshotMethod:
        info = self._first_info
        commits = CommitSnapshots(self._api, installation=self._installation)
        # Quotas that count the image would count the machine's whole disk as the copy's.
        if self._here and info.storage_driver == "btrfs" and not self._counts_image:
            return FallbackSnapshots(Snapshots(self._api, root=Path(info.root_dir)), commits)
        return commits


def _engine_info(info: dict[str, Any]) -> EngineInfo:
    options = info.get("SecurityOptions") or []
    remap = re.search(r"/(\d+)\.\d+/?$", info["DockerRootDir"])
    return EngineInfo(
        version=info["ServerVersion"],
        kernel=info["KernelVersion"],
        userns=any("name=userns" in option for option in options),
        remap_uid=int(remap.group(1)) if remap else 0,
        cgroup_version=int(info.get("CgroupVersion") or 1),
        storage_driver=info["Driver"],
        live_restore=info["LiveRestoreEnabled"],
        size_limit=info["Driver"] in SIZE_DRIVERS,
        seccomp=any("name=seccomp" in option for option in options),
        rootless=any("name=rootless" in option for option in options),
        cpus=info["NCPU"],
        memory_bytes=info["MemTotal"],
        root_dir=info["DockerRootDir"],
    )


def _machine_facts(found: dict[str, Any], info: EngineInfo) -> MachineFacts:
    config, host, state = found["Config"], found["HostConfig"], found["State"]
    return MachineFacts(
        running=state["Running"],
        memory_bytes=host["Memory"],
        cpus=host["NanoCpus"] / 1_000_000_000,
        pids_max=host["PidsLimit"] or 0,
        hostname=config["Hostname"],
        entrypoint=tuple(config["Entrypoint"] or ()),
        image=found["Image"],
        started_at=state["StartedAt"],
        kernel=info.kernel,
        cgroup_version=info.cgroup_version,
        oom_killed=state["OOMKilled"],
        exit_code=state["ExitCode"],
    )
