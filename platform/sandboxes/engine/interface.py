"""The one interface to a Docker engine. docker_engine.py and fake_engine.py pass the same contract suite.

Everything here is synchronous and may be called from any thread. Errors: EngineUnavailable when the engine can't be
reached, MachineMissing for a container that is not there, EngineError for the rest (see errors.py). Removing and
stopping what is gone already is no error.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Protocol

from sandboxes.engine.checker_protocol import ProbeCommand, ProbeFact, ProbeGarbled
from sandboxes.engine.limits import Limits

__all__ = [
    "AttestedConnection",
    "Connection",
    "EngineInfo",
    "FileFact",
    "HomeArchive",
    "ImageFact",
    "MachineFacts",
    "MachineHandle",
    "MachineSpec",
    "Member",
    "OwnedObject",
    "PeerAttestation",
    "ProbeCommand",
    "ProbeFact",
    "ProbeGarbled",
    "ProcessFact",
    "Ready",
    "SandboxEngine",
    "SmokeTestResult",
    "Usage",
]

PTY_SOCKET = "/run/drydock/pty.sock"
TOOLS_MOUNT = "/.drydock"
PTY_SERVER = (f"{TOOLS_MOUNT}/ptyd", "serve", "--socket", PTY_SOCKET)
PTY_DIAL = (f"{TOOLS_MOUNT}/ptyd", "dial", "--socket")
GUEST_ASK = (f"{TOOLS_MOUNT}/guest-console", "ask")
PTY_ATTACH = (f"{TOOLS_MOUNT}/ptyd", "attach", "--socket", PTY_SOCKET)
# Where guest-console notes how many milliseconds a guest took to boot. The student is in the guest and can't reach it.
BOOT_FILE = "/var/lib/vm/boot-ms"

Transport = Literal["socket", "exec"]
OwnedKind = Literal["container", "network", "shared", "mount", "snapshot", "probe"]
# "held": a regular file on which a program has a lease, so that whoever opens it would have to wait.
FileKind = Literal["missing", "regular", "directory", "symlink", "other", "held"]


@dataclass(frozen=True)
class EngineInfo:
    """What the engine says about itself. `remap_uid` is the host uid of a container's root, 0 without userns;
    `size_limit` whether a container's disk can be bounded; `rootless` whether the engine runs without root."""

    version: str
    kernel: str
    userns: bool
    remap_uid: int
    cgroup_version: int
    storage_driver: str
    live_restore: bool
    size_limit: bool
    seccomp: bool
    rootless: bool
    cpus: int
    memory_bytes: int
    root_dir: str


@dataclass(frozen=True)
class ImageFact:
    """An image the engine has. `size_bytes` is what a container's disk limit has to be raised by (btrfs counts it),
    `volumes` what would become a volume in it."""

    id: str
    size_bytes: int
    volumes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ready:
    """What has to be there before a machine counts as ready, besides its shell: an HTTP server that answers 200 to
    `path` on a unix `socket`, or a `file`. Paths are the machine's. Nothing when both are ""."""

    socket: str = ""
    path: str = "/"
    file: str = ""
    seconds: float = 20.0


SHELL_IS_ENOUGH = Ready()


@dataclass(frozen=True)
class MachineSpec:
    """A machine to be made. `image` is an id or a name, `image_bytes` its size, which some drivers count as the
    machine's. Tests give another `command` than the PTY server, and then have no `tools` mounted."""

    machine_id: str
    kind: str
    image: str
    hostname: str
    limits: Limits
    transport: Transport
    image_bytes: int = 0
    command: tuple[str, ...] = PTY_SERVER
    tools: bool = True
    runtime: str = ""  # of the engine's; "" is its default


@dataclass(frozen=True)
class MachineHandle:
    """A machine that was made. `socket_path` is the PTY server's socket on this host, "" where it can't be reached."""

    container_id: str
    network_id: str
    socket_path: str


@dataclass(frozen=True)
class Member:
    """A machine in its sandbox's network. `name` is what the others call it there."""

    container_id: str
    name: str


@dataclass(frozen=True)
class OwnedObject:
    """Something with this installation's label. `created_at` is None where the engine does not say; `networks` are the
    ids of those that a container is in; a `shared` one is the network of the sandbox `sandbox_id`, and no machine's."""

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
    """A container as the engine sees it from outside. Limits are 0 where there is none; `cpus` is a number of cores;
    `started_at` is ISO 8601; `image` is the image's id."""

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
    oom_killed: bool = False
    exit_code: int = 0


@dataclass(frozen=True)
class ProcessFact:
    """One process of a machine. pid and ppid are the engine host's; uid is as the machine sees it."""

    pid: int
    ppid: int
    uid: int
    command: str
    args: str


@dataclass(frozen=True)
class Usage:
    """What a running machine uses. `memory_bytes` as the kernel counts it for the container, its processes and the
    files in memory that they use; `image_bytes` is the size of its image; `start_seconds` what it took to make and
    start it, None once it has been started again; `processes` are (command, resident bytes) each."""

    memory_bytes: int
    image_bytes: int
    start_seconds: float | None
    processes: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class FileFact:
    """A path in a machine, read from outside. A symlink is not followed and its `content` is where it points;
    `content` is None unless regular or symlink. `truncated`: there is more than `content`. `mode` is
    the lower 12 bits."""

    path: str
    kind: FileKind
    size: int = 0
    mode: int = 0
    uid: int = 0
    content: bytes | None = None
    truncated: bool = False


@dataclass(frozen=True)
class SmokeTestResult:
    """How a trial ended: its exit code, and the end of what it printed, on one line."""

    exit_code: int
    output: str


@dataclass(frozen=True)
class HomeArchive:
    """A home folder written to `path` as tar.gz, names relative to the home. `left_out` names what the cap cut off."""

    path: Path
    size_bytes: int
    left_out: tuple[str, ...] = field(default=())


class Connection(Protocol):
    """A connection to a socket in a machine."""

    def send(self, data: bytes) -> None:
        """Raises EngineUnavailable when the connection is gone."""
        ...

    def receive(self, seconds: float) -> bytes:
        """What comes next, b"" at the end. Raises TimeoutError when nothing does for so long."""
        ...

    def close(self) -> None:
        """End the connection, and the relaying program with it. Safe to call twice."""
        ...


@dataclass(frozen=True)
class PeerAttestation:
    """What the host itself sees of who answers on a connection into a machine (attestation.py). `visible`: it could see at all.
    `fault`: why what answers is not the image's own program, "" when it is. `roots`: for each process that has other
    files than the machine, by its number in the machine, the upper folder of the overlay that is its root, "" for
    another root. `missing`: those of the folders asked for that the machine does not have."""

    visible: bool
    fault: str = ""
    roots: Mapping[int, str] = field(default_factory=dict)
    missing: frozenset[str] = frozenset()


class AttestedConnection(Connection, Protocol):
    """A connection whose other end the host looks at, while it is open and after an answer has come."""

    def precheck(self) -> str:
        """Why it can't be the right program that answers, "" when it may be: quick, and not all that attest() sees.
        Raises EngineError."""
        ...

    def attest(self, folders: Collection[str] = ()) -> PeerAttestation:
        """Who has answered. `folders` are the machine's. Raises EngineError when that has ended meanwhile."""
        ...


class SandboxEngine(Protocol):
    """A Docker engine as the sandboxes app needs it."""

    def info(self) -> EngineInfo:
        """What the engine says about itself; asks it every time."""
        ...

    def cached_info(self) -> EngineInfo:
        """What info() said first; asks only once."""
        ...

    def image(self, tag: str) -> ImageFact:
        """The image under this name. Raises ImageMissing."""
        ...

    def ensure_tools(self, folder: Path) -> str:
        """Make the read-only volume with the files of `folder` (ptyd, checker, busybox) and return its name, which
        changes with the files' content. Safe to call twice and at the same time."""
        ...

    def create_machine(self, spec: MachineSpec) -> MachineHandle:
        """Make a machine with its network and socket folder, not yet running. Called again it finds what is there by
        name and makes what is missing. Raises ImageMissing, NoRoom."""
        ...

    def start_machine(self, container_id: str) -> None:
        """Start a machine, new or stopped; one that runs already is left alone."""
        ...

    def wait_for_shell(self, handle: MachineHandle, seconds: float = 10.0) -> None:
        """Return as soon as the PTY server listens. Raises EngineError when it does not within `seconds`."""
        ...

    def wait_until_ready(self, container_id: str, ready: Ready) -> None:
        """Return as soon as what `ready` names is there. Raises EngineError when it is not within its seconds."""
        ...

    def run_script(self, container_id: str, argv: Sequence[str], seconds: int) -> int:
        """Run a program as root in a running machine, with nothing on its input and nobody who reads its output, and
        return its exit code; 137 when it had to be killed because it had not ended after `seconds`. What it leaves in
        the background goes on. Raises MachineMissing, EngineError."""
        ...

    def open_connection(self, container_id: str, socket: str, *, wait_seconds: float = 0.0) -> Connection:
        """A connection to a unix socket in the machine, which may take `wait_seconds` to appear; on another host it is
        relayed by our own program. Who listens there, and whether a student who may mount has put another program over
        ours, is not ours to know: believe nothing that a student could not say. Raises MachineMissing, EngineError."""
        ...

    def open_attested(self, container_id: str, socket: str, program: str) -> AttestedConnection:
        """A connection to a unix socket in the machine on which the image's own `program` should answer. Where the
        host of the machine can't be looked at, PeerAttestation.seen says so. Raises MachineMissing, EngineError."""
        ...

    def genuine_processes(self, container_id: str, program: str) -> frozenset[int] | None:
        """The processes of a machine that are its image's own `program`, unchanged, by their numbers on the engine's
        host; None where the host can't be looked at. Raises MachineMissing."""
        ...

    def ask_guest(self, container_id: str, command: str, seconds: float) -> bytes:
        """What a command prints in the virtual machine that a machine of kind `vm` runs, over the platform's own
        channel. The guest is the student's, so it is what the guest says, no more. Raises EngineError when no guest
        answers."""
        ...

    def unpause_machine(self, container_id: str) -> None:
        """Let a machine go on that an interrupted copy left frozen."""
        ...

    def stop_machine(self, container_id: str) -> None:
        """Stop a machine and keep its disk."""
        ...

    def remove_machine(self, machine_id: str) -> None:
        """Remove a machine's container, networks and socket folder, as far as they are there."""
        ...

    def remove_duplicate_networks(self, machine_id: str) -> None:
        """Remove what two workers at once made too many of a machine's network."""
        ...

    def join_machines(self, sandbox_id: str, members: Sequence[Member]) -> str:
        """Put machines, running or stopped, into their sandbox's network and out of every other, where they find each
        other by name; take whoever else is there out of it. Changes nothing where that is so already. A running one's
        host name becomes its name, where the engine is on this host. Returns the network's id. Raises MachineMissing,
        NoRoom."""
        ...

    def remove_shared_network(self, sandbox_id: str) -> None:
        """Remove a sandbox's network, if there is one. Raises EngineError while machines are in it."""
        ...

    def events(self) -> Iterator[dict[str, Any]]:
        """What happens to this installation's machines from now on, as the engine's JSON; ends with its answer.
        Raises EngineUnavailable."""
        ...

    def remove_leftover(self, owned: OwnedObject) -> None:
        """Remove a snapshot or a probe that somebody left behind."""
        ...

    def find_owned(self) -> list[OwnedObject]:
        """Everything of this installation's on the engine, by label."""
        ...

    def facts(self, container_id: str) -> MachineFacts:
        """A machine as seen from outside. Raises MachineMissing."""
        ...

    def processes(self, container_id: str) -> list[ProcessFact]:
        """What runs in a machine, as the engine's host sees it. Raises MachineMissing; EngineError when stopped."""
        ...

    def usage(self, container_id: str) -> Usage:
        """What a machine uses now, as the engine's host sees it. Raises MachineMissing; EngineError when stopped."""
        ...

    def read_file(self, container_id: str, path: str, max_bytes: int = 65536) -> FileFact:
        """A file's kind and its first `max_bytes`, without running anything in the machine. Huge and sparse files cost
        no more than small ones. Not below /tmp and /run, which are memory. Raises MachineMissing."""
        ...

    def probe_snapshot(self, container_id: str, commands: Sequence[ProbeCommand]) -> list[ProbeFact]:
        """Run commands in a copy of the machine that has no capabilities and no network, under the trusted checker.
        Raises ProbeGarbled when the reply can't be trusted, SnapshotTooLarge, MachineMissing, EngineError."""
        ...

    def probe_network(self, container_id: str, commands: Sequence[ProbeCommand]) -> list[ProbeFact]:
        """Run commands in a container that shares the machine's network namespace and nothing else of it, under the
        trusted checker; there are no programs in it but the platform's own. Errors as probe_snapshot()'s."""
        ...

    def run_isolated(self, image: str, files: Mapping[str, bytes], commands: Sequence[ProbeCommand]) -> list[ProbeFact]:
        """Run commands as nobody in a container of an image of the platform's own, without a network, under the trusted
        checker. `files` (absolute path → content) are there to be read. Errors as probe_snapshot()'s, and ImageMissing."""
        ...

    def smoke_test(self, image: str, command: Sequence[str], limits: Limits, seconds: float) -> SmokeTestResult:
        """Run a program of one of the platform's own images in a container by itself, without a network, to see whether
        it works on this engine. Raises ImageMissing, and EngineError when it can't start or has not ended in time."""
        ...

    def export_home(self, container_id: str, destination: Path, max_bytes: int) -> HomeArchive:
        """Write the student's home, running or stopped, to `destination` (tar.gz), at most `max_bytes` unpacked."""
        ...

    def import_home(self, container_id: str, archive: Path) -> None:
        """Unpack an archive of export_home's into the machine's home."""
        ...
