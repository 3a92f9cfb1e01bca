"""Describe what an engine is asked for and what it answers: frozen values, no behaviour."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from sandboxes.engine.limits import GIB, Limits
from sandboxes.engine.machine_paths import PTY_SERVER

Transport = Literal["socket", "exec"]
# The path of a unix socket in a machine, or several: the first on which something listens is taken.
Sockets = str | tuple[str, ...]
OwnedKind = Literal["container", "network", "shared", "mount", "snapshot", "probe"]
# "held": a regular file on which a program has a lease, so that whoever opens it would wait.
FileKind = Literal["missing", "regular", "directory", "symlink", "other", "held"]


@dataclass(frozen=True)
class EngineInfo:
    """Describe an engine by its own account.

    `remap_uid` is the host uid of a container's root, 0 without user namespaces; `size_limit` says
    whether a container's disk can be bounded.
    """

    version: str
    kernel: str
    userns: bool
    remap_uid: int
    cgroup_version: int
    storage_driver: str
    size_limit: bool
    seccomp: bool
    cpus: int
    memory_bytes: int
    root_dir: str


@dataclass(frozen=True)
class Resource:
    """Tell how much of something that all machines of a host share is left.

    `unit` is "bytes", or "" for a number.
    """

    name: str
    free: int
    total: int
    unit: str = ""

    @property
    def free_percent(self) -> float:
        return 100 * self.free / self.total if self.total else 0.0

    def __str__(self) -> str:
        free, total = str(self.free), str(self.total)
        if self.unit == "bytes":
            free, total = (f"{size / GIB:.1f} GiB" for size in (self.free, self.total))
        return f"{free} of {total} free ({self.free_percent:.0f} %)"


@dataclass(frozen=True)
class ImageFact:
    """Describe an image of the engine's.

    `size_bytes` is what a container's disk limit has to be raised by (btrfs counts the image too);
    `volumes` are the paths that would become a volume in a container of it.
    """

    id: str
    size_bytes: int
    volumes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ready:
    """Say what has to be there, besides the shell, before a machine counts as ready.

    Either an HTTP server that answers 200 to `path` on a unix `socket`, or a `file`; both are paths
    in the machine. Nothing when both are "".
    """

    socket: Sockets = ""
    path: str = "/"
    file: str = ""
    seconds: float = 20.0


SHELL_IS_ENOUGH = Ready()


@dataclass(frozen=True)
class MachineSpec:
    """Describe a machine that is to be created.

    `image` is an id or a name, `image_bytes` its size, which some drivers count as the machine's.
    Tests run another `command` than the PTY server, and then without the `tools` volume. `runtime`
    is one of the engine's, "" for its default. `awaits_name`: it is to be named later, and its
    shell shows no prompt before that.
    """

    machine_id: str
    kind: str
    image: str
    hostname: str
    limits: Limits
    transport: Transport
    image_bytes: int = 0
    command: tuple[str, ...] = PTY_SERVER
    tools: bool = True
    runtime: str = ""
    awaits_name: bool = False


@dataclass(frozen=True)
class MachineHandle:
    """Identify a created machine on its engine.

    `socket_path` is the PTY server's socket on this host, "" where it can't be reached.
    """

    container_id: str
    network_id: str
    socket_path: str


@dataclass(frozen=True)
class Member:
    """Name a machine in its sandbox's network: `name` is what the others call it there."""

    container_id: str
    name: str


@dataclass(frozen=True)
class OwnedObject:
    """Describe an object that carries this installation's label.

    `created_at` is None where the engine does not say; `networks` are the ids of those that a
    container is in; a `shared` network belongs to the sandbox `sandbox_id` and to no machine.
    """

    kind: OwnedKind
    id: str
    machine_id: str
    running: bool = False
    paused: bool = False
    created_at: datetime | None = None
    sandbox_id: str = ""
    networks: tuple[str, ...] = ()


@dataclass(frozen=True)
class MachineFacts:
    """Describe a container as its engine sees it from outside.

    Limits are 0 where there is none; `cpus` is a number of cores; `started_at` is ISO 8601; `image`
    is the image's id.
    """

    running: bool
    memory_bytes: int
    cpus: float
    pids_max: int
    hostname: str
    entrypoint: tuple[str, ...]
    image: str
    started_at: str
    kernel: str
    cgroup_version: int


@dataclass(frozen=True)
class ProcessFact:
    """Describe a process of a machine: pid and ppid on the engine's host, uid in the machine."""

    pid: int
    ppid: int
    uid: int
    command: str
    args: str


@dataclass(frozen=True)
class NestedUsage:
    """Describe what a container of a machine's own engine uses.

    `processor_seconds` are of its whole life, `memory_bytes` what its processes hold in memory.
    """

    processor_seconds: float
    memory_bytes: int


@dataclass(frozen=True)
class Usage:
    """Describe what a running machine uses.

    `memory_bytes` is what the kernel counts for the container: its processes and the files in
    memory that they use. `image_bytes` is the size of its image. `start_seconds` is what it took to
    create and start it, None once it has been started again. `processes` are pairs of command and
    resident bytes.
    """

    memory_bytes: int
    image_bytes: int
    start_seconds: float | None
    processes: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class HostProcess:
    """Describe a process of a machine as the kernel of the engine's host knows it.

    `numbers` are its pids, the host's first, then one for each PID namespace inwards; `parent` is
    the host's number of its parent, 0 unless that is the machine's, too. `uid` is on the host,
    `inner_uid` in the process's own user namespace, -1 where it has no number there. `state` is a
    letter of proc(5). `namespaces` are ids by name; `effective` and `bounding` are sets of
    capabilities, a bit each. `name` and `command` are the student's to choose.
    """

    numbers: tuple[int, ...]
    parent: int
    uid: int
    inner_uid: int
    name: str
    command: str
    state: str
    resident_bytes: int
    namespaces: Mapping[str, int]
    effective: int
    bounding: int


@dataclass(frozen=True)
class ProcessTree:
    """Tell what runs in a machine, and behind which walls.

    `visible`: the platform can look into the machine at all; else there is nothing more. `total`
    counts all processes, of which `processes` has the first. `depth` is the place of the machine's
    own pid in HostProcess.numbers. `host_namespaces` are the platform's own ids by name, and
    `capabilities` is how many the kernel has.
    """

    visible: bool
    total: int = 0
    depth: int = 1
    processes: tuple[HostProcess, ...] = ()
    host_namespaces: Mapping[str, int] = field(default_factory=dict)
    capabilities: int = 0


@dataclass(frozen=True)
class ResourceUse:
    """Tell how much of its limits a running machine uses; a limit is 0 where there is none.

    `cpu_seconds` is the processor time since it was started, `held_back_seconds` how long it had to
    wait for its share; `at` is the clock by which rates can be computed, in seconds.
    """

    memory_bytes: int
    memory_limit: int
    processes: int
    processes_limit: int
    cpu_seconds: float
    cpus_limit: float
    held_back_seconds: float
    at: float


@dataclass(frozen=True)
class FileFact:
    """Describe a path in a machine, read from outside.

    A symlink is not followed, and its `content` is where it points; `content` is None for anything
    but a regular file and a symlink. `truncated`: there is more than `content`. `mode` is the lower
    12 bits.
    """

    path: str
    kind: FileKind
    size: int = 0
    mode: int = 0
    uid: int = 0
    content: bytes | None = None
    truncated: bool = False


@dataclass(frozen=True)
class SmokeTestResult:
    """Tell how a smoke test ended: its exit code, and the end of its output on a single line."""

    exit_code: int
    output: str


@dataclass(frozen=True)
class HomeArchive:
    """Describe a home folder written to `path` as tar.gz, with names relative to the home.

    `left_out` names what the cap cut off.
    """

    path: Path
    size_bytes: int
    left_out: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class PeerAttestation:
    """Tell what the host itself sees of the program that answers on a connection into a machine.

    `visible`: the host can see it at all. `fault`: why what answers is not the image's own program,
    "" when it is. `roots`: for each process that has other files than the machine, by its number in
    the machine, the upper folder of the overlay that is its root, "" for another root. `missing`:
    those of the requested folders that the machine does not have.
    """

    visible: bool
    fault: str = ""
    roots: Mapping[int, str] = field(default_factory=dict)
    missing: frozenset[str] = frozenset()
