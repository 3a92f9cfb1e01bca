"""SandboxEngine on a real Docker engine, over its HTTP API with the docker SDK's low-level client."""

import logging
import stat
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from docker.errors import APIError
from docker.types import Mount

from sandboxes.engine import machine_http
from sandboxes.engine.docker import (
    connections,
    files,
    inventory,
    one_off,
    shared_network,
)
from sandboxes.engine.docker import (
    exec as docker_scripts,
)
from sandboxes.engine.docker import (
    networks as docker_networks,
)
from sandboxes.engine.docker import (
    snapshots as docker_copies,
)
from sandboxes.engine.docker.client import LABEL_INSTALLATION, already_done, engine_errors, is_conflict
from sandboxes.engine.docker.inspector import DockerEvidence
from sandboxes.engine.interface import (
    PTY_SOCKET,
    TOOLS_MOUNT,
    Connection,
    HomeArchive,
    MachineHandle,
    MachineSpec,
    Member,
    OwnedObject,
    Ready,
    SmokeTestResult,
)
from sandboxes.engine.limits import Limits
from sandboxes.engine.linux import kernel_limits, mounts
from sandboxes.errors import EngineError

logger = logging.getLogger(__name__)

LABEL_MACHINE = inventory.LABEL_MACHINE
LABEL_KIND = "drydock.kind"
SOCKET_FOLDER = str(Path(PTY_SOCKET).parent)
SOCKET_NAME = Path(PTY_SOCKET).name
STOP_SECONDS = 2
# What the client makes of `--security-opt systempaths=unconfined` (docker/cli, cli/command/container/opts.go).
NO_MASKS: dict[str, list[str]] = {"MaskedPaths": [], "ReadonlyPaths": []}


class DockerEngine(DockerEvidence):
    """One Docker engine. Made without a call to it; every method connects when it has to."""

    # --- Machines -------------------------------------------------------------------------------------------------

    def create_machine(self, spec: MachineSpec) -> MachineHandle:
        is_here = spec.transport == "socket"
        socket_folder = self._mount_socket(spec.machine_id, hostname=spec.hostname) if is_here else None
        # The container only names its network, so the two calls need not wait for each other.
        with engine_errors(), ThreadPoolExecutor(1) as background:
            network = background.submit(self._ensure_network, spec)
            container_id = self._ensure_container(spec, socket_folder)
            network_id = network.result()
        path = str(mounts.bound_paths(socket_folder)[SOCKET_FOLDER] / SOCKET_NAME) if socket_folder else ""
        return MachineHandle(container_id, network_id, path)

    def start_machine(self, container_id: str) -> None:
        with engine_errors():
            found = self._api.inspect_container(container_id)
            machine_id = found["Config"]["Labels"][LABEL_MACHINE]
            is_here = any(mount["Destination"] == SOCKET_FOLDER for mount in found["Mounts"])
            if is_here:  # the engine is on this host, which may have been down since
                self._mount_socket(machine_id, hostname=found["Config"]["Hostname"])
            self._start(container_id, machine_id)
            pid = self._api.inspect_container(container_id)["State"]["Pid"]
        if is_here:
            self._fence(pid)

    def _start(self, container_id: str, machine_id: str) -> None:
        try:
            self._api.start(container_id)
        except APIError as error:
            if not docker_networks.is_ambiguous(error):
                raise
            self.remove_duplicate_networks(machine_id)
            self._api.start(container_id)

    def _fence(self, pid: int) -> None:
        try:
            kernel_limits.apply_kernel_limits(pid, remap_uid=self._first_info.remap_uid)
        except OSError as error:  # an older kernel, or a machine that has ended again
            logger.warning("the machine with process %s shares terminals and inotify with others: %s", pid, error)

    def wait_for_shell(self, handle: MachineHandle, seconds: float = 10.0) -> None:
        deadline = time.monotonic() + seconds
        while not self._listens(handle):
            if time.monotonic() > deadline:
                raise EngineError(f"no shell after {seconds:g} s")
            time.sleep(0.005 if handle.socket_path else 0.1)

    def wait_until_ready(self, container_id: str, ready: Ready) -> None:
        if ready.socket:
            wait = ready.seconds
            answer = machine_http.request(self, container_id, ready.socket, ready.path, wait_seconds=wait, seconds=wait)
            if answer.status != 200:
                raise EngineError(f"{ready.socket} answered {answer.status}")
        deadline = time.monotonic() + ready.seconds
        while ready.file and not docker_scripts.exec_succeeds(self._api, container_id, "test", "-e", ready.file):
            if time.monotonic() > deadline:
                raise EngineError(f"no {ready.file} after {ready.seconds:g} s")
            time.sleep(0.05)

    def run_script(self, container_id: str, argv: Sequence[str], seconds: int) -> int:
        with engine_errors():
            return docker_scripts.run_script(self._api, container_id, argv, seconds)

    def open_connection(self, container_id: str, socket: str, *, wait_seconds: float = 0.0) -> Connection:
        return connections.open_connection(self._api, container_id, socket, wait_seconds=wait_seconds)

    def unpause_machine(self, container_id: str) -> None:
        with engine_errors(), already_done():
            try:
                self._api.unpause(container_id)
            except APIError as error:
                if "not paused" not in str(error.explanation):
                    raise

    def stop_machine(self, container_id: str) -> None:
        with engine_errors(), already_done():
            self._api.stop(container_id, timeout=STOP_SECONDS)

    def remove_machine(self, machine_id: str) -> None:
        container, _ = self._names(machine_id)
        with engine_errors():
            with already_done():
                self._api.remove_container(container, force=True, v=True)
            docker_networks.remove_machine_networks(self._api, self._mine(machine_id))
        mounts.unmount_socket_folder(self._sockets_dir / machine_id)

    def join_machines(self, sandbox_id: str, members: Sequence[Member]) -> str:
        name = f"{self._installation}-x-{sandbox_id.replace('-', '')}"
        with engine_errors():
            network = shared_network.join_machines(self._api, name, self._sandbox_labels(sandbox_id), members)
            shared_network.name_members(self._api, members, mounted=SOCKET_FOLDER)
        return network

    def remove_shared_network(self, sandbox_id: str) -> None:
        with engine_errors():
            shared_network.remove_shared_network(self._api, self._sandbox_labels(sandbox_id))

    def _sandbox_labels(self, sandbox_id: str) -> dict[str, str]:
        return {LABEL_INSTALLATION: self._installation, shared_network.LABEL_SANDBOX: sandbox_id}

    # --- What is there --------------------------------------------------------------------------------------------

    def find_owned(self) -> list[OwnedObject]:
        mine = {"label": f"{LABEL_INSTALLATION}={self._installation}"}
        with engine_errors():
            found = [inventory.owned_container(row) for row in self._api.containers(all=True, filters=mine)]
            found += [inventory.owned_network(row) for row in self._api.networks(filters=mine)]
            snapshots = {"label": [*mine.values(), docker_copies.LABEL_SNAPSHOT]}
            found += [inventory.owned_image(row) for row in self._api.images(filters=snapshots)]
        found += [OwnedObject("mount", name, name) for name in mounts.socket_folders(self._sockets_dir)]
        return found

    def events(self) -> Iterator[dict[str, Any]]:
        mine = {"type": "container", "label": f"{LABEL_INSTALLATION}={self._installation}"}
        with engine_errors():
            yield from self._api.events(decode=True, filters=mine)

    def remove_duplicate_networks(self, machine_id: str) -> None:
        container, _ = self._names(machine_id)
        with engine_errors():
            docker_networks.remove_duplicate_networks(self._api, self._mine(machine_id), container=container)

    def remove_leftover(self, owned: OwnedObject) -> None:
        with engine_errors(), already_done():
            if owned.kind == "probe":
                self._copies.remove(owned.id)
            elif owned.kind == "snapshot":
                self._api.remove_image(owned.id, force=True, noprune=True)

    def smoke_test(self, image: str, command: Sequence[str], limits: Limits, seconds: float) -> SmokeTestResult:
        with engine_errors():
            size = self._disk_size(limits.disk_bytes, self.image(image).size_bytes)
            config = self._api.create_host_config(network_mode="none", **limits.to_docker(size_bytes=size))
            labels = {LABEL_INSTALLATION: self._installation}
            return one_off.smoke_test(self._api, image, command, labels=labels, host_config=config, seconds=seconds)

    # --- Homes ----------------------------------------------------------------------------------------------------

    def export_home(self, container_id: str, destination: Path, max_bytes: int) -> HomeArchive:
        remap = self._first_info.remap_uid
        with engine_errors():
            return files.export_home(self._api, container_id, destination, max_bytes, remap=remap)

    def import_home(self, container_id: str, archive: Path) -> None:
        with engine_errors():
            files.import_home(self._api, container_id, archive)

    # --- Pieces ---------------------------------------------------------------------------------------------------

    def _names(self, machine_id: str) -> tuple[str, str]:
        """The container's and the network's name."""
        short = machine_id.replace("-", "")
        return f"{self._installation}-m-{short}", f"{self._installation}-n-{short}"

    def _mine(self, machine_id: str) -> dict[str, str]:
        """The labels that tell what belongs to a machine."""
        return {LABEL_INSTALLATION: self._installation, LABEL_MACHINE: machine_id}

    def _labels(self, spec: MachineSpec) -> dict[str, str]:
        return {**self._mine(spec.machine_id), LABEL_KIND: spec.kind}

    def _mount_socket(self, machine_id: str, *, hostname: str) -> Path:
        folder = self._sockets_dir / machine_id
        mounts.mount_socket_folder(folder, owner=self._first_info.remap_uid, hostname=hostname)
        return folder

    def _ensure_network(self, spec: MachineSpec) -> str:
        container, network = self._names(spec.machine_id)
        labels, mine = self._labels(spec), self._mine(spec.machine_id)
        return docker_networks.ensure_network(self._api, network, labels=labels, mine=mine, container=container)

    def _ensure_container(self, spec: MachineSpec, socket_folder: Path | None) -> str:
        name, network = self._names(spec.machine_id)
        try:
            made = self._api.create_container(
                spec.image,
                entrypoint=list(spec.command),
                command=[],
                name=name,
                hostname=spec.hostname,
                user="0:0",
                environment={"HOME": files.HOME},
                working_dir=files.HOME,
                labels=self._labels(spec),
                host_config=self._host_config(spec, network, socket_folder),
            )
            return str(made["Id"])
        except APIError as error:
            if not is_conflict(error):
                raise
            return str(self._api.inspect_container(name)["Id"])

    def _host_config(self, spec: MachineSpec, network: str, socket_folder: Path | None) -> dict[str, Any]:
        config = spec.limits.to_docker(size_bytes=self._disk_size(spec.limits.disk_bytes, spec.image_bytes))
        if socket_folder is None:
            config["tmpfs"] = {**config["tmpfs"], SOCKET_FOLDER: "rw,noexec,nosuid,nodev,mode=0700,size=65536"}
        made = self._api.create_host_config(
            network_mode=network,
            mounts=list(self._mounts(spec, socket_folder)),
            runtime=spec.runtime or None,
            **config,
        )
        return {**made, **NO_MASKS} if spec.limits.open_system_paths else made

    def _mounts(self, spec: MachineSpec, socket_folder: Path | None) -> Iterable[Mount]:
        if spec.tools:
            tools = self.ensure_tools(self._tools_dir)
            yield Mount(TOOLS_MOUNT, tools, type="volume", read_only=True, no_copy=True)
        if socket_folder:
            for inside, outside in mounts.bound_paths(socket_folder).items():
                yield Mount(inside, str(outside), type="bind")

    def _listens(self, handle: MachineHandle) -> bool:
        if handle.socket_path:
            return _is_socket(Path(handle.socket_path))
        return docker_scripts.exec_succeeds(self._api, handle.container_id, "test", "-S", PTY_SOCKET)


def _is_socket(path: Path) -> bool:
    try:
        return stat.S_ISSOCK(path.lstat().st_mode)
    except FileNotFoundError:
        return False
