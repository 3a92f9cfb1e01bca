"""Serve SandboxEngine from memory, for tests and for trying the platform without Docker.

It can be made slow, refuse, be away, or die half-way like a killed worker.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sandboxes.engine.checker_protocol import ProbeCommand, ProbeFact
from sandboxes.engine.facts import (
    EngineInfo,
    HomeArchive,
    ImageFact,
    MachineHandle,
    MachineSpec,
    Member,
    OwnedObject,
    PeerAttestation,
    Ready,
    Resource,
    SmokeTestResult,
    Sockets,
)
from sandboxes.engine.fake.connections import FakeAttestedConnection, FakeConnection, answering_path
from sandboxes.engine.fake.files import answer_files
from sandboxes.engine.fake.homes import export_home, import_home
from sandboxes.engine.fake.inspector import FakeInspector
from sandboxes.engine.fake.machine import FAKE_INFO, FakeMachine, interpret_script, succeed
from sandboxes.engine.interface import AttestedConnection, Connection
from sandboxes.engine.limits import Limits
from sandboxes.errors import EngineError, EngineUnavailable, ImageMissing, MachineMissing

_engines: dict[str, "FakeEngine"] = {}


def fake_engine(url: str) -> "FakeEngine":
    """Return this process's only engine under a fake:// URL."""
    return _engines.setdefault(url, FakeEngine())


def forget_fake_engines() -> None:
    """Forget all engines; tests call it."""
    _engines.clear()


class FakeEngine(FakeInspector):
    """Implement SandboxEngine in memory.

    `fail()`, `delay` and `available` inject faults, by the name of a method.
    """

    def __init__(self) -> None:
        self.available = True
        self.images = {"drydock/linux:latest": ImageFact("sha256:linux-1", 300)}
        self.resources_left: list[Resource] = []
        self.answers: dict[str, bytes] = {}  # by the socket's path in the machine
        self.peer_attestation = PeerAttestation(visible=True)
        self.genuine_pids: frozenset[int] | None = None
        self.guest: dict[str, bytes] = {}  # what the guest prints, by command
        self.machines: dict[str, FakeMachine] = {}
        self.scripts: list[tuple[str, str]] = []  # what run_script() ran, by container
        self.script_runner: Callable[[FakeMachine, str, int], int] = interpret_script
        self.networks: set[str] = set()
        # By sandbox, the containers in its network and their names.
        self.shared: dict[str, dict[str, str]] = {}
        self.mounts: set[str] = set()
        self.shared_disks: dict[int, tuple[set[str], int]] = {}
        self.leftovers: list[OwnedObject] = []
        self.pending_events: list[dict[str, Any]] = []  # what events() yields
        self.smoke_test_result = SmokeTestResult(1, "nothing works here")
        self.delay: dict[str, float] = {}
        self.calls: list[tuple[str, str]] = []
        self._failures: dict[str, list[BaseException]] = defaultdict(list)
        self._lock = threading.RLock()

    def fail(self, method: str, error: BaseException, times: int = 1) -> None:
        """Let the next `times` calls of `method` raise.

        `Killed` in create_machine comes after the network is made.
        """
        self._failures[method] += [error] * times

    def lose(self, machine_id: str) -> None:
        """Let the container vanish behind the platform's back."""
        del self.machines[machine_id]

    def record_call(self, method: str, subject: str = "") -> None:
        """Record a call and raise the fault injected for it."""
        self.calls.append((method, subject))
        time.sleep(self.delay.get(method, 0))
        if not self.available:
            raise EngineUnavailable("the engine is away")
        self._raise_injected(method)

    def _raise_injected(self, method: str) -> None:
        if self._failures[method]:
            raise self._failures[method].pop(0)

    def find(self, container_id: str) -> FakeMachine:
        for machine in self.machines.values():
            if machine.container_id == container_id:
                return machine
        raise MachineMissing(container_id)

    def find_running(self, container_id: str) -> FakeMachine:
        machine = self.find(container_id)
        if not machine.running:
            raise EngineError("it does not run")
        return machine

    def info(self) -> EngineInfo:
        self.record_call("info")
        return self.cached_info()

    def cached_info(self) -> EngineInfo:
        return FAKE_INFO

    def resources(self) -> list[Resource]:
        self.record_call("resources")
        return self.resources_left

    def image(self, tag: str) -> ImageFact:
        self.record_call("image", tag)
        if tag not in self.images:
            raise ImageMissing(tag)
        return self.images[tag]

    def ensure_tools(self, folder: Path) -> str:
        self.record_call("ensure_tools")
        return "drydock-tools-000000000000"

    # Machines

    def create_machine(self, spec: MachineSpec) -> MachineHandle:
        self.calls.append(("create_machine", spec.machine_id))
        time.sleep(self.delay.get("create_machine", 0))
        if not self.available:
            raise EngineUnavailable("the engine is away")
        if spec.image not in {image.id for image in self.images.values()} | set(self.images):
            raise ImageMissing(spec.image)
        with self._lock:
            self.networks.add(spec.machine_id)
            self._forget_surplus(spec.machine_id)
            self._raise_injected("create_machine")
            machine = self.machines.setdefault(spec.machine_id, FakeMachine.of(spec))
            path = ""
            if spec.transport == "socket":
                self.mounts.add(spec.machine_id)
                path = f"/fake/{spec.machine_id}/pty.sock"
        return MachineHandle(machine.container_id, f"n-{spec.machine_id}", path)

    def start_machine(self, container_id: str, hostname: str = "") -> None:
        self.record_call("start_machine", container_id)
        self.find(container_id).start(hostname)

    def name_machine(self, machine_id: str, hostname: str) -> None:
        if machine_id in self.machines:
            self.machines[machine_id].named(hostname)

    def wait_for_shell(self, handle: MachineHandle, seconds: float = 10.0) -> None:
        self.record_call("wait_for_shell", handle.container_id)
        self.find_running(handle.container_id)

    def wait_until_ready(self, container_id: str, ready: Ready) -> None:
        self.record_call("wait_until_ready", container_id)
        self.find_running(container_id)

    def run_script(self, container_id: str, argv: Sequence[str], seconds: int) -> int:
        self.record_call("run_script", container_id)
        machine = self.find_running(container_id)
        self.scripts.append((container_id, argv[-1]))
        return self.script_runner(machine, argv[-1], seconds)

    def open_connection(
        self, container_id: str, socket: Sockets, *, wait_seconds: float = 0.0
    ) -> Connection:
        self.record_call("open_connection", path := answering_path(socket, self.answers))
        self.find(container_id)
        return FakeConnection(self.answers.get(path, b""))

    def open_attested(self, container_id: str, socket: Sockets, program: str) -> AttestedConnection:
        self.record_call("open_attested", path := answering_path(socket, self.answers))
        self.find(container_id)
        return FakeAttestedConnection(self.answers.get(path, b""), self.peer_attestation)

    def genuine_processes(self, container_id: str, program: str) -> frozenset[int] | None:
        self.record_call("genuine_processes", program)
        self.find(container_id)
        return self.genuine_pids

    def ask_guest(self, container_id: str, command: str, seconds: float) -> bytes:
        self.record_call("ask_guest", command)
        self.find(container_id)
        if command not in self.guest:
            raise EngineError("no guest answers")
        return self.guest[command]

    def ask_files(self, container_id: str, request: bytes, seconds: float) -> bytes:
        self.record_call("ask_files", container_id)
        return answer_files(self.find(container_id), request)

    def unpause_machine(self, container_id: str) -> None:
        self.record_call("unpause_machine", container_id)
        self.find(container_id).paused = False

    def share_disk(self, owner: int, container_ids: Sequence[str], most_bytes: int) -> None:
        self.record_call("share_disk")
        self.shared_disks[owner] = (set(container_ids), most_bytes)

    def stop_machine(self, container_id: str) -> None:
        self.record_call("stop_machine", container_id)
        for machine in self.machines.values():
            if machine.container_id == container_id:
                machine.running = False

    def remove_machine(self, machine_id: str) -> None:
        self.record_call("remove_machine", machine_id)
        with self._lock:
            self.machines.pop(machine_id, None)
            self.networks.discard(machine_id)
            self.mounts.discard(machine_id)
        self._forget_surplus(machine_id)

    def remove_duplicate_networks(self, machine_id: str) -> None:
        self.record_call("remove_duplicate_networks", machine_id)
        self._forget_surplus(machine_id)

    def _forget_surplus(self, machine_id: str) -> None:
        """Forget what a test has put beside the machine's own."""
        surplus = ("network", machine_id)
        self.leftovers = [
            left for left in self.leftovers if (left.kind, left.machine_id) != surplus
        ]

    def join_machines(self, sandbox_id: str, members: Sequence[Member]) -> str:
        self.record_call("join_machines", sandbox_id)
        machines = [self.find(member.container_id).named(member.name) for member in members]
        with self._lock:
            self.shared[sandbox_id] = {member.container_id: member.name for member in members}
            self.networks -= {machine.spec.machine_id for machine in machines}
        return f"x-{sandbox_id}"

    def remove_shared_network(self, sandbox_id: str) -> None:
        self.record_call("remove_shared_network", sandbox_id)
        there = {machine.container_id for machine in self.machines.values()}
        if there & set(self.shared.get(sandbox_id, ())):
            raise EngineError("there are machines in it")
        self.shared.pop(sandbox_id, None)

    # What is there

    def find_owned(self) -> list[OwnedObject]:
        self.record_call("find_owned")
        owned = [
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
        owned += [OwnedObject("network", f"n-{id_}", id_) for id_ in self.networks]
        owned += [OwnedObject("shared", f"x-{id_}", "", sandbox_id=id_) for id_ in self.shared]
        owned += [OwnedObject("mount", id_, id_) for id_ in self.mounts]
        return owned + self.leftovers

    def _networks_of(self, machine: FakeMachine) -> tuple[str, ...]:
        own = [f"n-{machine.spec.machine_id}"] if machine.spec.machine_id in self.networks else []
        return (
            *own,
            *(
                f"x-{id_}"
                for id_, members in self.shared.items()
                if machine.container_id in members
            ),
        )

    def events(self) -> Iterator[dict[str, Any]]:
        self.record_call("events")
        while self.pending_events:
            yield self.pending_events.pop(0)

    def remove_leftover(self, owned: OwnedObject) -> None:
        self.record_call("remove_leftover", owned.id)
        self.leftovers = [left for left in self.leftovers if left.id != owned.id]

    # Evidence

    def probe_snapshot(
        self, container_id: str, commands: Sequence[ProbeCommand]
    ) -> list[ProbeFact]:
        self.record_call("probe_snapshot", container_id)
        self.find(container_id)
        return succeed(commands)

    def probe_network(self, container_id: str, commands: Sequence[ProbeCommand]) -> list[ProbeFact]:
        self.record_call("probe_network", container_id)
        if not self.find(container_id).running:
            raise EngineError("it does not run")
        return succeed(commands)

    def run_isolated(
        self, image: str, files: Mapping[str, bytes], commands: Sequence[ProbeCommand]
    ) -> list[ProbeFact]:
        self.record_call("run_isolated", image)
        if image not in self.images:
            raise ImageMissing(image)
        return succeed(commands)

    def smoke_test(
        self, image: str, command: Sequence[str], limits: Limits, seconds: float
    ) -> SmokeTestResult:
        self.record_call("smoke_test", " ".join([image, *command, *limits.devices]))
        if image not in {known.id for known in self.images.values()} | set(self.images):
            raise ImageMissing(image)
        return self.smoke_test_result

    # Homes

    def export_home(self, container_id: str, destination: Path, max_bytes: int) -> HomeArchive:
        self.record_call("export_home", container_id)
        return export_home(self.find(container_id), destination, max_bytes)

    def import_home(self, container_id: str, archive: Path) -> None:
        self.record_call("import_home", container_id)
        import_home(self.find(container_id), archive)
