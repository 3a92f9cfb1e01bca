"""Create, run and remove machines on a Docker engine."""

import logging
import stat
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from docker.errors import APIError
from docker.types import Mount

from core.waiting import wait_until
from sandboxes.engine import machine_http
from sandboxes.engine.docker import exec as docker_exec
from sandboxes.engine.docker.client import (
    already_done,
    engine_errors,
    is_conflict,
    remove_container,
)
from sandboxes.engine.docker.connections import DockerConnector
from sandboxes.engine.docker.context import SOCKET_FOLDER, EngineContext
from sandboxes.engine.docker.labels import LABEL_KIND, LABEL_MACHINE
from sandboxes.engine.docker.network_manager import DockerNetworks
from sandboxes.engine.docker.networks import (
    ensure_network,
    is_ambiguous,
    network_ids,
    remove_networks,
)
from sandboxes.engine.facts import MachineHandle, MachineSpec, Ready
from sandboxes.engine.linux import kernel_limits, mounts
from sandboxes.engine.linux.docker_disks import find_disk
from sandboxes.engine.linux.hostname import listening_process
from sandboxes.engine.linux.naming import give_name
from sandboxes.engine.linux.shared_quota import share_quota
from sandboxes.engine.machine_paths import HOME, PTY_SOCKET, TOOLS_MOUNT
from sandboxes.errors import EngineError

logger = logging.getLogger(__name__)

STOP_SECONDS = 2
# A socket on this host costs nothing to look for; elsewhere each look is an exec.
LOCAL_POLL_SECONDS, EXEC_POLL_SECONDS = 0.005, 0.1
# What the client makes of `--security-opt systempaths=unconfined` (docker/cli,
# cli/command/container/opts.go).
NO_MASKS: dict[str, list[str]] = {"MaskedPaths": [], "ReadonlyPaths": []}


class DockerMachines:
    """Implement MachineRuntime on a Docker engine."""

    def __init__(self, context: EngineContext, networks: DockerNetworks) -> None:
        self._context = context
        self._networks = networks
        self._connector = DockerConnector(context)

    def create_machine(self, spec: MachineSpec) -> MachineHandle:
        socket_folder, path = None, ""
        if spec.transport == "socket":
            socket_folder = self._mount_socket(spec.machine_id, hostname=spec.hostname)
            path = str(socket_in(socket_folder))
            if spec.awaits_name:
                mounts.hold_prompt(socket_folder, owner=self._context.first_info.remap_uid)
        # The container only names its network, so the two calls need not wait for each other.
        with engine_errors(), ThreadPoolExecutor(1) as background:
            network = background.submit(self._ensure_network, spec)
            container_id = self._ensure_container(spec, socket_folder)
            return MachineHandle(container_id, network.result(), path)

    def start_machine(self, container_id: str, hostname: str = "") -> None:
        api = self._context.api
        with engine_errors():
            container = api.inspect_container(container_id)
            machine_id = container["Config"]["Labels"][LABEL_MACHINE]
            runs_here = self._context.runs_here(container)
            if runs_here:  # the host may have been down since
                original = container["Config"]["Hostname"]
                folder = self._mount_socket(machine_id, hostname=original)
                renamed = bool(hostname) and hostname != original
                if renamed and not container["State"]["Running"]:
                    mounts.hold_prompt(folder, owner=self._context.first_info.remap_uid)
            try:
                api.start(container_id)
            except APIError as error:
                if not is_ambiguous(error):
                    raise
                self._networks.remove_duplicate_networks(machine_id)
                api.start(container_id)
            pid = api.inspect_container(container_id)["State"]["Pid"]
        if runs_here and renamed:
            give_name(folder, pid, hostname)
        if runs_here:
            try:
                kernel_limits.apply_kernel_limits(pid, remap_uid=self._context.first_info.remap_uid)
            except OSError as error:  # an older kernel, or a machine that has ended again
                logger.warning(
                    "the machine with process %s shares terminals and inotify with others: %s",
                    pid,
                    error,
                )

    def name_machine(self, machine_id: str, hostname: str) -> None:
        folder = self._context.sockets_dir / machine_id
        if not folder.is_mount():
            return
        try:
            pid = listening_process(socket_in(folder))
        except OSError as error:
            mounts.release_prompt(folder, hostname)
            raise EngineError(f"machine {machine_id} can't be named: {error}") from error
        give_name(folder, pid, hostname)

    def wait_for_shell(self, handle: MachineHandle, seconds: float = 10.0) -> None:
        def listens() -> bool:
            if handle.socket_path:
                return is_socket(Path(handle.socket_path))
            return docker_exec.exec_succeeds(
                self._context.api, handle.container_id, "test", "-S", PTY_SOCKET
            )

        poll_seconds = LOCAL_POLL_SECONDS if handle.socket_path else EXEC_POLL_SECONDS
        if not wait_until(listens, seconds=seconds, poll_seconds=poll_seconds):
            raise EngineError(f"no shell after {seconds:g} s")

    def wait_until_ready(self, container_id: str, ready: Ready) -> None:
        if ready.socket:
            response = machine_http.request(
                self._connector,
                container_id,
                ready.socket,
                ready.path,
                wait_seconds=ready.seconds,
                seconds=ready.seconds,
            )
            if response.status != 200:
                raise EngineError(f"{ready.socket} answered {response.status}")

        def has_file() -> bool:
            return docker_exec.exec_succeeds(
                self._context.api, container_id, "test", "-e", ready.file
            )

        if ready.file and not wait_until(has_file, seconds=ready.seconds):
            raise EngineError(f"no {ready.file} after {ready.seconds:g} s")

    def run_script(self, container_id: str, argv: Sequence[str], seconds: int) -> int:
        with engine_errors():
            return docker_exec.run_script(self._context.api, container_id, argv, seconds)

    def unpause_machine(self, container_id: str) -> None:
        with engine_errors(), already_done():
            try:
                self._context.api.unpause(container_id)
            except APIError as error:
                if "not paused" not in str(error.explanation):
                    raise

    def share_disk(self, owner: int, container_ids: Sequence[str], most_bytes: int) -> None:
        root = self._context.btrfs_root
        if root is None or self._context.counts_image:
            return
        for container_id in container_ids:
            try:
                share_quota(owner, [find_disk(root, container_id)], most_bytes)
            except OSError as error:  # the machine may just be going
                logger.warning("the disk of %s is not shared: %s", container_id, error)

    def stop_machine(self, container_id: str) -> None:
        with engine_errors(), already_done():
            self._context.api.stop(container_id, timeout=STOP_SECONDS)

    def remove_machine(self, machine_id: str) -> None:
        context = self._context
        with engine_errors():
            name = context.container_name(machine_id)
            remove_container(context.api, name, btrfs_root=context.btrfs_root)
            labels = context.machine_labels(machine_id)
            remove_networks(context.api, network_ids(context.api, labels))
        mounts.unmount_socket_folder(context.sockets_dir / machine_id)

    def _mount_socket(self, machine_id: str, *, hostname: str) -> Path:
        folder = self._context.sockets_dir / machine_id
        owner = self._context.first_info.remap_uid
        mounts.mount_socket_folder(folder, owner=owner, hostname=hostname)
        return folder

    def _labels(self, spec: MachineSpec) -> dict[str, str]:
        return {**self._context.machine_labels(spec.machine_id), LABEL_KIND: spec.kind}

    def _ensure_network(self, spec: MachineSpec) -> str:
        context = self._context
        return ensure_network(
            context.api,
            context.network_name(spec.machine_id),
            labels=self._labels(spec),
            owner=context.machine_labels(spec.machine_id),
            container=context.container_name(spec.machine_id),
        )

    def _ensure_container(self, spec: MachineSpec, socket_folder: Path | None) -> str:
        name = self._context.container_name(spec.machine_id)
        try:
            created = self._context.api.create_container(
                spec.image,
                entrypoint=list(spec.command),
                command=[],
                name=name,
                hostname=spec.hostname,
                user="0:0",
                environment={"HOME": HOME},
                working_dir=HOME,
                labels=self._labels(spec),
                host_config=self._host_config(spec, socket_folder),
            )
            return str(created["Id"])
        except APIError as error:
            if not is_conflict(error):
                raise
            return str(self._context.api.inspect_container(name)["Id"])

    def _host_config(self, spec: MachineSpec, socket_folder: Path | None) -> dict[str, Any]:
        size = self._context.disk_size(spec.limits.disk_bytes, spec.image_bytes)
        options = spec.limits.to_docker(size_bytes=size)
        if socket_folder is None:
            bounds = "rw,noexec,nosuid,nodev,mode=0700,size=65536"
            options["tmpfs"] = {**options["tmpfs"], SOCKET_FOLDER: bounds}
        config: dict[str, Any] = self._context.api.create_host_config(
            network_mode=self._context.network_name(spec.machine_id),
            mounts=list(self._mounts(spec, socket_folder)),
            runtime=spec.runtime or None,
            **options,
        )
        return {**config, **NO_MASKS} if spec.limits.open_system_paths else config

    def _mounts(self, spec: MachineSpec, socket_folder: Path | None) -> Iterable[Mount]:
        if spec.tools:
            tools = self._context.ensure_tools(self._context.tools_dir)
            yield Mount(TOOLS_MOUNT, tools, type="volume", read_only=True, no_copy=True)
        if socket_folder:
            for inside, outside in mounts.bound_paths(socket_folder).items():
                yield Mount(inside, str(outside), type="bind")


def socket_in(folder: Path) -> Path:
    """Return where the PTY server's socket is in a mounted folder."""
    return mounts.bound_paths(folder)[SOCKET_FOLDER] / Path(PTY_SOCKET).name


def is_socket(path: Path) -> bool:
    """Whether there is a unix socket, not followed where it is a link."""
    try:
        return stat.S_ISSOCK(path.lstat().st_mode)
    except FileNotFoundError:
        return False
