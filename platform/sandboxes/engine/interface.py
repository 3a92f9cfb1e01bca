"""Define what the platform asks of a Docker engine: a Protocol for each kind of caller.

The Docker engine and the fake pass the same contract suite (tests/contracts). Everything here is
synchronous and may be called from any thread. Errors: EngineUnavailable when the engine can't be
reached, MachineMissing for a container that is not there, EngineError for the rest (see
sandboxes/errors.py). Removing or stopping what is gone already is no error.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from sandboxes.engine.checker_protocol import ProbeCommand, ProbeFact
from sandboxes.engine.facts import (
    EngineInfo,
    FileFact,
    HomeArchive,
    ImageFact,
    MachineFacts,
    MachineHandle,
    MachineSpec,
    Member,
    NestedUsage,
    OwnedObject,
    PeerAttestation,
    ProcessFact,
    ProcessTree,
    Ready,
    Resource,
    ResourceUse,
    SmokeTestResult,
    Sockets,
    Usage,
)
from sandboxes.engine.files_protocol import FileRunner
from sandboxes.engine.limits import Limits


class Connection(Protocol):
    """Carry bytes to and from a socket in a machine."""

    def send(self, data: bytes) -> None:
        """Send all of `data`. Raises EngineUnavailable when the connection is gone."""
        ...

    def receive(self, seconds: float) -> bytes:
        """Return what comes next, b"" at the end.

        Raises TimeoutError when nothing comes for so long.
        """
        ...

    def close(self) -> None:
        """End the connection, and the relaying program with it. Safe to call twice."""
        ...


class AttestedConnection(Connection, Protocol):
    """Carry bytes, and let the host examine the other end while the connection is open."""

    def precheck(self) -> str:
        """Say why the wrong program answers, "" when it may be the right one.

        Quick, and less thorough than attest(). Raises EngineError.
        """
        ...

    def attest(self, folders: Collection[str] = ()) -> PeerAttestation:
        """Tell who has answered; `folders` are paths in the machine.

        Raises EngineError when the program has ended meanwhile.
        """
        ...


class EngineInspector(Protocol):
    """Tell about the engine itself."""

    def info(self) -> EngineInfo:
        """Ask the engine about itself, every time."""
        ...

    def cached_info(self) -> EngineInfo:
        """Return what info() answered first, and ask only once."""
        ...

    def resources(self) -> list[Resource]:
        """Measure what its host has left of what machines share.

        Nothing where the engine is on another host.
        """
        ...

    def image(self, tag: str) -> ImageFact:
        """Look up an image by name or id. Raises ImageMissing."""
        ...


class MachineConnector(Protocol):
    """Open connections into machines."""

    def open_connection(
        self, container_id: str, socket: Sockets, *, wait_seconds: float = 0.0
    ) -> Connection:
        """Connect to a unix socket in the machine, which may take `wait_seconds` to appear.

        On another host the platform's own program relays it. This can't know who listens, nor
        whether a student who may mount has put another program over the relay: believe nothing that
        a student could not say. Raises MachineMissing, EngineError.
        """
        ...


class MachineRuntime(Protocol):
    """Create, run and remove machines."""

    def ensure_tools(self, folder: Path) -> str:
        """Make the read-only volume with the files of `folder`, and return its name.

        The files are ptyd, checker and busybox; the name changes with their content. Safe to call
        twice and at the same time.
        """
        ...

    def create_machine(self, spec: MachineSpec) -> MachineHandle:
        """Create a machine with its network and socket folder, not yet running.

        A second call finds what is there by name and makes what is missing. Raises ImageMissing,
        NoRoom.
        """
        ...

    def start_machine(self, container_id: str, hostname: str = "") -> None:
        """Start a machine, new or stopped; leave a running one alone.

        With `hostname` it bears that name before its shell shows a prompt, where the engine is on
        this host; a name that it got while it ran is forgotten with every stop.
        """
        ...

    def name_machine(self, machine_id: str, hostname: str) -> None:
        """Give a running machine its host name, for which its prompt may wait.

        Asks no engine, so that a request can do it. A machine of another host keeps the name that
        it was made with. Raises EngineError.
        """
        ...

    def wait_for_shell(self, handle: MachineHandle, seconds: float = 10.0) -> None:
        """Return as soon as the PTY server listens.

        Raises EngineError when it does not within `seconds`.
        """
        ...

    def wait_until_ready(self, container_id: str, ready: Ready) -> None:
        """Return as soon as the machine has what `ready` names.

        Raises EngineError when it has not within `ready.seconds`.
        """
        ...

    def run_script(self, container_id: str, argv: Sequence[str], seconds: int) -> int:
        """Run a program as root in a running machine, and return its exit code.

        It has no input, and nobody reads its output. The code is 137 when the program had to be
        killed because it had not ended after `seconds`. What it leaves in the background goes on.
        Raises MachineMissing, EngineError.
        """
        ...

    def unpause_machine(self, container_id: str) -> None:
        """Let a machine go on that an interrupted copy left frozen."""
        ...

    def share_disk(self, owner: int, container_ids: Sequence[str], most_bytes: int) -> None:
        """Let these machines together write `most_bytes` at most, beside each one's own limit.

        `owner` is the number of whose they are. Safe to call again. Nothing happens where the
        engine's disk can't count so, or is on another host.
        """
        ...

    def stop_machine(self, container_id: str) -> None:
        """Stop a machine and keep its disk."""
        ...

    def remove_machine(self, machine_id: str) -> None:
        """Remove a machine's container, networks and socket folder, as far as they are there."""
        ...


class MachineInspector(Protocol):
    """Look into machines from outside: nothing here trusts what a machine says of itself."""

    def facts(self, container_id: str) -> MachineFacts:
        """Describe a machine as seen from outside. Raises MachineMissing."""
        ...

    def processes(self, container_id: str) -> list[ProcessFact]:
        """List what runs in a machine, as the engine's host sees it.

        Raises MachineMissing; EngineError when it is stopped.
        """
        ...

    def usage(self, container_id: str) -> Usage:
        """Measure what a machine uses now, as the engine's host sees it.

        Raises MachineMissing; EngineError when it is stopped.
        """
        ...

    def processor_seconds(self, container_id: str) -> float:
        """Return the processor time that a machine has used since it was started.

        Raises MachineMissing.
        """
        ...

    def nested_usage(self, container_id: str) -> dict[str, NestedUsage]:
        """Measure the containers of a machine's own engine by their processes, by their ids.

        Nothing where the engine's host is another one. Raises MachineMissing; EngineError when the
        machine is stopped.
        """
        ...

    def process_tree(self, container_id: str) -> ProcessTree:
        """Show what runs in a machine, under the pids of the host and of the machine alike.

        Reads the host's /proc and asks nobody, so that it is cheap and believes nobody; of several
        hundred processes the rest is counted. Raises MachineMissing; EngineError when the machine
        is stopped.
        """
        ...

    def resource_use(self, container_id: str) -> ResourceUse:
        """Measure what a machine uses of its limits.

        Raises MachineMissing; EngineError when it is stopped.
        """
        ...

    def read_file(self, container_id: str, path: str, max_bytes: int = 65536) -> FileFact:
        """Read a file's kind and its first `max_bytes`, without running anything in the machine.

        Huge and sparse files cost no more than small ones. Works not below /tmp and /run, which are
        memory. Raises MachineMissing.
        """
        ...

    def open_attested(self, container_id: str, socket: Sockets, program: str) -> AttestedConnection:
        """Connect to a unix socket in the machine on which the image's own `program` should answer.

        Where the host can't look into the machine, PeerAttestation.visible says so. Raises
        MachineMissing, EngineError.
        """
        ...

    def genuine_processes(self, container_id: str, program: str) -> frozenset[int] | None:
        """Find the processes that are the image's own `program`, unchanged.

        Returns their numbers on the engine's host; None where the host can't look into the machine.
        Raises MachineMissing.
        """
        ...

    def ask_guest(self, container_id: str, command: str, seconds: float) -> bytes:
        """Return what a command prints in the guest of a machine of kind `vm`.

        It goes over the platform's own channel. The guest is the student's, so this is what the
        guest says, no more. Raises EngineError when no guest answers.
        """
        ...


class ProbeRunner(Protocol):
    """Run commands under the trusted checker, in containers made for them."""

    def probe_snapshot(
        self, container_id: str, commands: Sequence[ProbeCommand]
    ) -> list[ProbeFact]:
        """Run commands in a copy of the machine that has no capabilities and no network.

        Raises ProbeGarbled when the reply can't be trusted, SnapshotTooLarge, MachineMissing,
        EngineError.
        """
        ...

    def probe_network(self, container_id: str, commands: Sequence[ProbeCommand]) -> list[ProbeFact]:
        """Run commands in a container that shares only the machine's network namespace.

        Nothing but the platform's own programs is in it. Raises what probe_snapshot() raises.
        """
        ...

    def run_isolated(
        self, image: str, files: Mapping[str, bytes], commands: Sequence[ProbeCommand]
    ) -> list[ProbeFact]:
        """Run commands as nobody in a container of a platform's image, without a network.

        `files` are contents by absolute path, there to be read. Raises what probe_snapshot()
        raises, and ImageMissing.
        """
        ...

    def smoke_test(
        self, image: str, command: Sequence[str], limits: Limits, seconds: float
    ) -> SmokeTestResult:
        """Run a program of a platform's image by itself, to see whether it works on this engine.

        The container has no network. Raises ImageMissing, and EngineError when it can't start or
        has not ended in time.
        """
        ...


class NetworkManager(Protocol):
    """Connect the machines of a sandbox."""

    def join_machines(self, sandbox_id: str, members: Sequence[Member]) -> str:
        """Put machines into their sandbox's network and out of every other; return its id.

        There they find each other by name; whoever else is in it is taken out. Machines may be
        running or stopped; nothing changes where all is so already. A running machine's host name
        becomes its name, where the engine is on this host. Raises MachineMissing, NoRoom.
        """
        ...

    def remove_shared_network(self, sandbox_id: str) -> None:
        """Remove a sandbox's network, if it has one.

        Raises EngineError while machines are in it.
        """
        ...

    def remove_duplicate_networks(self, machine_id: str) -> None:
        """Remove surplus networks of a machine, which two workers at once may have made."""
        ...


class Inventory(Protocol):
    """Account for this installation's objects on the engine."""

    def find_owned(self) -> list[OwnedObject]:
        """List every object of this installation on the engine, by label."""
        ...

    def remove_leftover(self, owned: OwnedObject) -> None:
        """Remove a snapshot or a probe that a dying process left behind."""
        ...

    def events(self) -> Iterator[dict[str, Any]]:
        """Follow what happens to this installation's machines from now on.

        Yields the engine's JSON and ends with its answer. Raises EngineUnavailable.
        """
        ...


class HomeStore(Protocol):
    """Save and restore students' home folders."""

    def export_home(self, container_id: str, destination: Path, max_bytes: int) -> HomeArchive:
        """Write the home of a machine, running or stopped, to `destination` as tar.gz.

        At most `max_bytes` unpacked.
        """
        ...

    def import_home(self, container_id: str, archive: Path) -> None:
        """Unpack an archive of export_home's into the machine's home."""
        ...


class MaintenanceEngine(Inventory, MachineRuntime, MachineInspector, NetworkManager, Protocol):
    """Find and repair what dying workers and stopped platforms leave behind."""


class SandboxEngine(
    EngineInspector,
    MachineConnector,
    FileRunner,
    MachineRuntime,
    MachineInspector,
    ProbeRunner,
    NetworkManager,
    Inventory,
    HomeStore,
    Protocol,
):
    """Serve all of these callers, as the engine of a host does."""
