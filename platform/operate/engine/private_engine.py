"""Choose the Docker engine that the platform uses; set up and take down a private one.

Why a private engine, and each of its options: see the measurements in docs/adr/0001-supervisor.md
and docs/operating.md. The programs themselves run under the supervisor (programs.py).
"""

import contextlib
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import docker
from django.conf import settings
from docker.errors import DockerException

from operate.console.shell import (
    end_processes,
    install_debian_packages,
    is_root,
    processes_naming,
    replace_text,
    unmount_below,
)
from operate.engine import disk, network_namespace, remap_user
from operate.errors import EngineSetupError
from operate.stack.layout import Layout
from sandboxes.machine_types.base import KVM_DEVICE
from sandboxes.machine_types.registry import limits_of_the_host

INSTALL_HINT = (
    "No Docker engine was found. Run this as root on Debian or Ubuntu to have one set up, "
    "or install Docker Engine\n(Debian: apt-get install docker.io; "
    "elsewhere: https://docs.docker.com/engine/install/) or set DOCKER_HOST."
)
# {program: Debian package} of everything the private engine and its images need.
PACKAGES = {
    "dockerd": "docker.io",
    "containerd": "containerd",
    "runc": "runc",
    "mkfs.btrfs": "btrfs-progs",
    "ip": "iproute2",
    "iptables": "iptables",
    "nsenter": "util-linux",
    "mount": "mount",
    "useradd": "passwd",
    "newuidmap": "uidmap",
}
ENGINE_PROGRAMS = ("containerd", "dockerd", "docker-proxy")
BUILD_NETWORK = "build"

EngineKind = Literal["given", "private", "default"]
Transport = Literal["socket", "exec"]


@dataclass(frozen=True)
class EngineChoice:
    """Say which engine is used.

    The one `given` in DOCKER_HOST, a `private` one of our own, or the `default` socket's.
    """

    kind: EngineKind
    docker_url: str


def default_sockets(environ: Mapping[str, str]) -> list[Path]:
    """Return where a machine's own engine may listen: the system's, and a rootless one's."""
    rootless = Path(environ.get("XDG_RUNTIME_DIR", "/nonexistent")) / "docker.sock"
    return [Path("/var/run/docker.sock"), rootless]


def choose_engine(
    layout: Layout, environ: Mapping[str, str], *, root: bool, platform: str = sys.platform
) -> EngineChoice:
    """Choose an engine. Raises EngineSetupError, with what to install, when there is none."""
    docker_host = environ.get("DOCKER_HOST", "")
    if docker_host:
        return EngineChoice("given", docker_host)
    if root and platform == "linux":
        return EngineChoice("private", f"unix://{layout.docker_socket}")
    for socket in default_sockets(environ):
        if socket.is_socket() and os.access(socket, os.R_OK | os.W_OK):
            return EngineChoice("default", f"unix://{socket}")
    raise EngineSetupError(INSTALL_HINT)


def connect(docker_url: str, timeout: float = 600) -> docker.DockerClient:
    """Return a client of the engine. Raises EngineSetupError when nothing answers there."""
    try:
        client = docker.DockerClient(base_url=docker_url, timeout=int(timeout))
        client.ping()
    except DockerException as error:
        raise EngineSetupError(
            f"the Docker engine at {docker_url} does not answer: {error}"
        ) from error
    return client


def answers(docker_url: str, timeout: float = 2) -> bool:
    """Whether an engine answers at this address within `timeout` seconds."""
    try:
        connect(docker_url, timeout).close()
    except EngineSetupError:
        return False
    return True


def choose_transport(docker_url: str, root_dir: str, setting: str, *, root: bool) -> Transport:
    """Choose how the web process reaches machines' terminals.

    By `socket` when it is root and the engine's files are this host's (so that a folder mounted
    here is the folder mounted there), else over the engine's `exec` stream. `setting` is
    DRYDOCK_TRANSPORT: socket, exec or auto; `root_dir` is the engine's DockerRootDir.
    """
    fixed: dict[str, Transport] = {"socket": "socket", "exec": "exec"}
    if setting in fixed:
        return fixed[setting]
    local = docker_url.startswith("unix://") and Path(docker_url.removeprefix("unix://")).exists()
    beside = local and root and sys.platform == "linux"
    return "socket" if beside and (Path(root_dir) / "containers").is_dir() else "exec"


def daemon_options(layout: Layout, *, bounded: bool, pool: str) -> dict[str, Any]:
    """Return the private engine's daemon.json.

    `bounded` says whether its data root is on btrfs; `pool` is a CIDR range.
    """
    return {
        "data-root": str(layout.engine_data / "docker"),
        "exec-root": str(layout.engine / "exec"),
        "pidfile": str(layout.engine_run / "docker.pid"),
        "hosts": [f"unix://{layout.docker_socket}"],
        "containerd": str(layout.containerd_socket),
        "storage-driver": "btrfs" if bounded else "overlay2",
        "userns-remap": remap_user.USER,
        "icc": False,
        "live-restore": True,
        "no-new-privileges": True,
        "userland-proxy": False,
        "log-driver": "local",
        "log-opts": {"max-size": "1m", "max-file": "2"},
        "default-address-pools": [{"base": pool, "size": 28}],
    }


def containerd_options(layout: Layout) -> str:
    """Return the private containerd's configuration, as TOML."""
    return (
        "version = 2\n"
        f'root = "{layout.engine_data / "containerd"}"\n'
        f'state = "{layout.engine_run / "containerd"}"\n'
        'disabled_plugins = ["io.containerd.grpc.v1.cri"]\n'
        f'[grpc]\naddress = "{layout.containerd_socket}"\n'
        f'[plugins."io.containerd.internal.v1.opt"]\npath = "{layout.engine_data / "opt"}"\n'
    )


class PrivateEngine:
    """Prepare and clean up the parts of the private engine that are not programs.

    They are packages, disk, network namespace and configuration. `prepare` before its programs
    start, `clean_up` after they stopped; both may run twice, and `prepare` adopts what a run that
    was killed left behind.
    """

    def __init__(self, layout: Layout) -> None:
        self.layout = layout

    def prepare(self) -> str:
        """Make everything ready. Raises OperateError.

        Returns "" or why machines' disks can't be bounded.
        """
        if not is_root():
            raise EngineSetupError("a private Docker engine needs root")
        install_debian_packages(PACKAGES)
        self.end_stale_programs()
        self.layout.engine_run.mkdir(parents=True, exist_ok=True)
        self.layout.engine.chmod(0o711)  # the remapped root must pass through to its data
        remap_user.ensure_user()
        self.layout.close_to_all_but(remap_user.root_gid())
        if settings.KVM_KINDS:
            remap_user.open_device(Path(KVM_DEVICE))
        unbounded_because = disk.mount_disk(self.layout)
        network_namespace.close_uplink(self.layout)  # an earlier run's, kept or not
        network_namespace.ensure_namespace(self.layout)
        raise_limits()
        self._write_configuration(bounded=not unbounded_because)
        return unbounded_because

    def end_stale_programs(self) -> None:
        """End an engine that an earlier run left; its containers live on.

        Deletes its pid file, which would keep the next one from starting.
        """
        end_processes(processes_naming(self.layout.engine, ("dockerd", "nsenter")))
        end_processes(
            pid for pid in processes_naming(self.layout.engine, ("containerd",)) if not is_shim(pid)
        )
        (self.layout.engine_run / "docker.pid").unlink(missing_ok=True)

    def _write_configuration(self, *, bounded: bool) -> None:
        options = daemon_options(
            self.layout, bounded=bounded, pool=network_namespace.machine_pool()
        )
        replace_text(self.layout.engine / "daemon.json", json.dumps(options, indent=2) + "\n")
        replace_text(self.layout.engine / "containerd.toml", containerd_options(self.layout))

    def clean_up(self) -> None:
        """Remove every process, mount, link and rule of the engine. The disk file stays."""
        end_processes(processes_naming(self.layout.engine, ENGINE_PROGRAMS), grace_seconds=5)
        network_namespace.remove_namespace(self.layout)
        unmount_below(self.layout.engine)


def raise_limits() -> None:
    """Raise what the kernel allows all machines together.

    /proc/sys may be read-only, the whole of it or a part; machines then share what the host allows,
    and the host check says so.
    """
    with contextlib.suppress(OSError):
        for limit in limits_of_the_host():
            with contextlib.suppress(OSError):
                limit.allow_needed()


def is_shim(pid: int) -> bool:
    try:
        return b"containerd-shim" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0]
    except OSError:
        return False


def ensure_build_network(client: docker.DockerClient) -> None:
    """Create the ordinary network that image builds use.

    With userns-remap they can't use the host's.
    """
    if not client.networks.list(names=[f"^{BUILD_NETWORK}$"]):
        client.networks.create(BUILD_NETWORK, driver="bridge")


def remove_all_containers(client: docker.DockerClient) -> int:
    """Remove every container of a private engine; return how many there were."""
    containers = client.containers.list(all=True, ignore_removed=True)
    for container in containers:
        with contextlib.suppress(DockerException):  # already gone is what we want
            container.remove(force=True, v=True)
    return len(containers)
