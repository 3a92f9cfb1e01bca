"""SandboxEngine in memory, for tests and for trying the platform without Docker. It can be made slow, refuse, be away,
or die half-way like a killed worker."""

import io
import tarfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

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
    OwnedObject,
    PeerAttestation,
    ProcessFact,
    Ready,
    SmokeTestResult,
    Usage,
)
from sandboxes.engine.fake.connections import FakeAttestedConnection, FakeConnection
from sandboxes.engine.interface import Connection
from sandboxes.engine.limits import Limits
from sandboxes.errors import EngineError, EngineUnavailable, ImageMissing, MachineMissing

HOME = "/root/"
_engines: dict[str, "FakeEngine"] = {}


class Killed(BaseException):
    """What a worker that is killed looks like from inside: nothing after it runs, and no handler may swallow it."""


def fake_engine(url: str) -> "FakeEngine":
    """The one engine of this process under a fake:// URL."""
    return _engines.setdefault(url, FakeEngine())


def forget_fake_engines() -> None:
    """Start afresh; tests call it."""
    _engines.clear()


@dataclass
class FakeMachine:
    """A machine of the fake's. `files` are path → content."""

    spec: MachineSpec
    container_id: str
    running: bool = False
    paused: bool = False
    starts: int = 0
    files: dict[str, bytes] = field(default_factory=dict)


def interpret_script(machine: FakeMachine, script: str, seconds: int) -> int:
    """What the fake makes of a script: lines of `write PATH TEXT`, `sleep SECONDS` and `exit CODE`."""
    for line in script.splitlines():
        word, _, rest = line.partition(" ")
        if word == "sleep" and float(rest) > seconds:
            return 137
        if word == "exit":
            return int(rest)
        if word == "write":
            path, _, text = rest.partition(" ")
            machine.files[path] = text.encode()
    return 0


class FakeEngine:
    """See SandboxEngine. `fail`, `delay`, `available` and `killed_in` inject faults by method name."""

    def __init__(self) -> None:
        self.available = True
        self.images = {"drydock/linux:latest": ImageFact("sha256:linux-1", 300)}
        self.answers: dict[str, bytes] = {}  # by the socket's path in the machine
        self.peer_attestation = PeerAttestation(visible=True)
        self.genuine_pids: frozenset[int] | None = None
        self.guest: dict[str, bytes] = {}  # what the guest prints, by command
        self.machines: dict[str, FakeMachine] = {}
        self.scripts: list[tuple[str, str]] = []  # what run_script() ran, by container
        self.script_runner: Callable[[FakeMachine, str, int], int] = interpret_script
        self.networks: set[str] = set()
        self.shared: dict[str, dict[str, str]] = {}  # by sandbox, the containers in its network and their names
        self.mounts: set[str] = set()
        self.leftovers: list[OwnedObject] = []
        self.pending_events: list[dict[str, Any]] = []  # what events() tells
        self.smoke_test_result = SmokeTestResult(1, "nothing works here")  # how every trial ends
        self.delay: dict[str, float] = {}
        self.calls: list[tuple[str, str]] = []
        self._failures: dict[str, list[BaseException]] = defaultdict(list)
        self._lock = threading.RLock()

    # --- Faults ---------------------------------------------------------------------------------------------------

    def fail(self, method: str, error: BaseException, times: int = 1) -> None:
        """The next `times` calls of `method` raise; `Killed` in create_machine comes after the network is made."""
        self._failures[method] += [error] * times

    def lose(self, machine_id: str) -> None:
        """The container vanishes behind the platform's back."""
        del self.machines[machine_id]

    def _enter(self, method: str, subject: str = "") -> None:
        self.calls.append((method, subject))
        time.sleep(self.delay.get(method, 0))
        if not self.available:
            raise EngineUnavailable("the engine is away")
        self._raise_injected(method)

    def _raise_injected(self, method: str) -> None:
        if self._failures[method]:
            raise self._failures[method].pop(0)

    def _find(self, container_id: str) -> FakeMachine:
        for machine in self.machines.values():
            if machine.container_id == container_id:
                return machine
        raise MachineMissing(container_id)

    # --- The engine itself ----------------------------------------------------------------------------------------

    def info(self) -> EngineInfo:
        self._enter("info")
        return self.cached_info()

    def cached_info(self) -> EngineInfo:
        return EngineInfo(
            version="fake",
            kernel="6.1.0-fake",
            userns=True,
            remap_uid=1_000_000,
            cgroup_version=2,
            storage_driver="fake",
            live_restore=True,
            size_limit=True,
            seccomp=True,
            rootless=False,
            cpus=2,
            memory_bytes=4 * 1024**3,
            root_dir="/fake",
        )

    def image(self, tag: str) -> ImageFact:
        self._enter("image", tag)
        if tag not in self.images:
            raise ImageMissing(tag)
        return self.images[tag]

    def ensure_tools(self, folder: Path) -> str:
        self._enter("ensure_tools")
        return "drydock-tools-000000000000"

    # --- Machines -------------------------------------------------------------------------------------------------

    def create_machine(self, spec: MachineSpec) -> MachineHandle:
        self.calls.append(("create_machine", spec.machine_id))
        time.sleep(self.delay.get("create_machine", 0))
        if not self.available:
            raise EngineUnavailable("the engine is away")
        if spec.image not in {image.id for image in self.images.values()} | set(self.images):
            raise ImageMissing(spec.image)
        with self._lock:
            self.networks.add(spec.machine_id)
            self._forget_networks(spec.machine_id)
            self._raise_injected("create_machine")
            machine = self.machines.setdefault(spec.machine_id, FakeMachine(spec, f"c-{spec.machine_id}"))
            path = ""
            if spec.transport == "socket":
                self.mounts.add(spec.machine_id)
                path = f"/fake/{spec.machine_id}/pty.sock"
        return MachineHandle(machine.container_id, f"n-{spec.machine_id}", path)

    def start_machine(self, container_id: str) -> None:
        self._enter("start_machine", container_id)
        machine = self._find(container_id)
        machine.starts += 0 if machine.running else 1
        machine.running = True

    def wait_for_shell(self, handle: MachineHandle, seconds: float = 10.0) -> None:
        self._enter("wait_for_shell", handle.container_id)
        if not self._find(handle.container_id).running:
            raise EngineError("it does not run")

    def wait_until_ready(self, container_id: str, ready: Ready) -> None:
        self._enter("wait_until_ready", container_id)
        if not self._find(container_id).running:
            raise EngineError("it does not run")

    def run_script(self, container_id: str, argv: Sequence[str], seconds: int) -> int:
        self._enter("run_script", container_id)
        machine = self._find(container_id)
        if not machine.running:
            raise EngineError("it does not run")
        self.scripts.append((container_id, argv[-1]))
        return self.script_runner(machine, argv[-1], seconds)

    def open_connection(self, container_id: str, socket: str, *, wait_seconds: float = 0.0) -> Connection:
        self._enter("open_connection", socket)
        self._find(container_id)
        return FakeConnection(self.answers.get(socket, b""))

    def open_attested(self, container_id: str, socket: str, program: str) -> FakeAttestedConnection:
        self._enter("open_attested", socket)
        self._find(container_id)
        return FakeAttestedConnection(self.answers.get(socket, b""), self.peer_attestation)

    def genuine_processes(self, container_id: str, program: str) -> frozenset[int] | None:
        self._enter("genuine_processes", program)
        self._find(container_id)
        return self.genuine_pids

    def ask_guest(self, container_id: str, command: str, seconds: float) -> bytes:
        self._enter("ask_guest", command)
        self._find(container_id)
        if command not in self.guest:
            raise EngineError("no guest answers")
        return self.guest[command]

    def unpause_machine(self, container_id: str) -> None:
        self._enter("unpause_machine", container_id)
        self._find(container_id).paused = False

    def stop_machine(self, container_id: str) -> None:
        self._enter("stop_machine", container_id)
        for machine in self.machines.values():
            if machine.container_id == container_id:
                machine.running = False

    def remove_machine(self, machine_id: str) -> None:
        self._enter("remove_machine", machine_id)
        with self._lock:
            self.machines.pop(machine_id, None)
            self.networks.discard(machine_id)
            self.mounts.discard(machine_id)
        self._forget_networks(machine_id)

    def remove_duplicate_networks(self, machine_id: str) -> None:
        self._enter("remove_duplicate_networks", machine_id)
        self._forget_networks(machine_id)

    def _forget_networks(self, machine_id: str) -> None:
        """Those that a test has put beside the machine's own."""
        surplus = ("network", machine_id)
        self.leftovers = [left for left in self.leftovers if (left.kind, left.machine_id) != surplus]

    def join_machines(self, sandbox_id: str, members: Sequence[Member]) -> str:
        self._enter("join_machines", sandbox_id)
        found = [self._find(member.container_id) for member in members]
        with self._lock:
            self.shared[sandbox_id] = {member.container_id: member.name for member in members}
            self.networks -= {machine.spec.machine_id for machine in found}
        return f"x-{sandbox_id}"

    def remove_shared_network(self, sandbox_id: str) -> None:
        self._enter("remove_shared_network", sandbox_id)
        there = {machine.container_id for machine in self.machines.values()}
        if there & set(self.shared.get(sandbox_id, ())):
            raise EngineError("there are machines in it")
        self.shared.pop(sandbox_id, None)

    # --- What is there --------------------------------------------------------------------------------------------

    def find_owned(self) -> list[OwnedObject]:
        self._enter("find_owned")
        found = [
            OwnedObject(
                kind="container",
                id=machine.container_id,
                machine_id=id_,
                running=machine.running,
                paused=machine.paused,
                networks=self._networks_of(machine),
            )
            for id_, machine in self.machines.items()
        ]
        found += [OwnedObject("network", f"n-{id_}", id_) for id_ in self.networks]
        found += [OwnedObject("shared", f"x-{id_}", "", sandbox_id=id_) for id_ in self.shared]
        found += [OwnedObject("mount", id_, id_) for id_ in self.mounts]
        return found + self.leftovers

    def _networks_of(self, machine: FakeMachine) -> tuple[str, ...]:
        own = [f"n-{machine.spec.machine_id}"] if machine.spec.machine_id in self.networks else []
        return (*own, *(f"x-{id_}" for id_, members in self.shared.items() if machine.container_id in members))

    def events(self) -> Iterator[dict[str, Any]]:
        self._enter("events")
        while self.pending_events:
            yield self.pending_events.pop(0)

    def remove_leftover(self, owned: OwnedObject) -> None:
        self._enter("remove_leftover", owned.id)
        self.leftovers = [left for left in self.leftovers if left.id != owned.id]

    # --- Evidence -------------------------------------------------------------------------------------------------

    def facts(self, container_id: str) -> MachineFacts:
        self._enter("facts", container_id)
        machine = self._find(container_id)
        limits = machine.spec.limits
        return MachineFacts(
            running=machine.running,
            memory_bytes=limits.memory_bytes,
            cpus=limits.cpus,
            pids_max=limits.pids,
            hostname=machine.spec.hostname,
            entrypoint=machine.spec.command,
            image=machine.spec.image,
            started_at="2026-01-01T00:00:00Z",
            kernel="6.1.0-fake",
            cgroup_version=2,
        )

    def processes(self, container_id: str) -> list[ProcessFact]:
        self._enter("processes", container_id)
        machine = self._find(container_id)
        if not machine.running:
            raise EngineError("it does not run")
        command = machine.spec.command
        return [ProcessFact(1000, 999, 0, command[0].rsplit("/", 1)[-1], " ".join(command))]

    def usage(self, container_id: str) -> Usage:
        self._enter("usage", container_id)
        machine = self._find(container_id)
        if not machine.running:
            raise EngineError("it does not run")
        command = machine.spec.command[0].rsplit("/", 1)[-1]
        took = 0.25 if machine.starts == 1 else None
        return Usage(memory_bytes=4_000_000, image_bytes=300, start_seconds=took, processes=((command, 1_000_000),))

    def read_file(self, container_id: str, path: str, max_bytes: int = 65536) -> FileFact:
        self._enter("read_file", path)
        files = self._find(container_id).files
        if path not in files:
            inside = any(name.startswith(path.rstrip("/") + "/") for name in files)
            return FileFact(path, "directory" if inside else "missing")
        content = files[path]
        return FileFact(
            path, "regular", len(content), 0o644, 0, content[:max_bytes], truncated=len(content) > max_bytes
        )

    def probe_snapshot(self, container_id: str, commands: Sequence[ProbeCommand]) -> list[ProbeFact]:
        self._enter("probe_snapshot", container_id)
        self._find(container_id)
        return _all_well(commands)

    def probe_network(self, container_id: str, commands: Sequence[ProbeCommand]) -> list[ProbeFact]:
        self._enter("probe_network", container_id)
        if not self._find(container_id).running:
            raise EngineError("it does not run")
        return _all_well(commands)

    def run_isolated(self, image: str, files: Mapping[str, bytes], commands: Sequence[ProbeCommand]) -> list[ProbeFact]:
        self._enter("run_isolated", image)
        if image not in self.images:
            raise ImageMissing(image)
        return _all_well(commands)

    def smoke_test(self, image: str, command: Sequence[str], limits: Limits, seconds: float) -> SmokeTestResult:
        self._enter("smoke_test", " ".join([image, *command, *limits.devices]))
        if image not in {known.id for known in self.images.values()} | set(self.images):
            raise ImageMissing(image)
        return self.smoke_test_result

    # --- Homes ----------------------------------------------------------------------------------------------------

    def export_home(self, container_id: str, destination: Path, max_bytes: int) -> HomeArchive:
        self._enter("export_home", container_id)
        used, left_out = 0, []
        with tarfile.open(destination, "w:gz") as archive:
            for path, content in sorted(self._find(container_id).files.items()):
                if path.startswith(HOME):
                    name, cost = path.removeprefix(HOME), len(content) + 512
                    if used + cost > max_bytes:
                        left_out.append(f"{name} ({len(content)} bytes)")
                        continue
                    used += cost
                    member = tarfile.TarInfo(name)
                    member.size = len(content)
                    archive.addfile(member, io.BytesIO(content))
        return HomeArchive(destination, used, tuple(left_out))

    def import_home(self, container_id: str, archive: Path) -> None:
        self._enter("import_home", container_id)
        machine = self._find(container_id)
        with tarfile.open(archive) as source:
            for member in source:
                content = source.extractfile(member)
                if content is not None:
                    machine.files[HOME + member.name.removeprefix("./")] = content.read()


def _all_well(commands: Sequence[ProbeCommand]) -> list[ProbeFact]:
    return [ProbeFact(command.id, 0, b"", b"", truncated=False, timed_out=False) for command in commands]
