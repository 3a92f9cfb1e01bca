"""Make machines on a real engine, look at them from inside and outside, and type into them."""

import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import docker
from django.conf import settings

from checks.evidence.collector import collect
from checks.evidence.tasks import Subject
from checks.registry import CheckSpec
from checks.results import CheckResult, evaluate_all
from core.archives import pack_tar
from core.waiting import wait_until
from sandboxes.engine.facts import MachineHandle, MachineSpec
from sandboxes.engine.interface import SandboxEngine
from sandboxes.engine.limits import LINUX, Limits
from sandboxes.machine_types.base import MachineType
from sandboxes.machine_types.images import image_tag
from sandboxes.machine_types.registry import machine_type
from sandboxes.provisioning.boot import machine_spec, make_and_start, start
from tests.support.clients.ptyd import Typist

BUSYBOX = "/.drydock/busybox"


@dataclass
class RealMachine:
    """Run scripts in a machine as its root, and see what the engine knows about it."""

    engine: SandboxEngine
    client: docker.DockerClient
    machine_id: str
    handle: MachineHandle

    @property
    def api(self) -> docker.APIClient:
        return self.client.api

    @property
    def container_id(self) -> str:
        return self.handle.container_id

    @property
    def inspected(self) -> dict[str, Any]:
        facts: dict[str, Any] = self.api.inspect_container(self.container_id)
        return facts

    @property
    def host_config(self) -> dict[str, Any]:
        config: dict[str, Any] = self.inspected["HostConfig"]
        return config

    def run(self, script: str, timeout: int = 60) -> tuple[int, str]:
        """Run a shell script; return its exit code and its output without white space around it."""
        command = ["timeout", str(timeout), "bash", "-c", script]
        running = self.api.exec_create(self.container_id, command)
        output = self.api.exec_start(running["Id"])
        exit_code = self.api.exec_inspect(running["Id"])["ExitCode"]
        return exit_code, output.decode(errors="replace").strip()

    def say(self, script: str) -> str:
        return self.run(script)[1]

    def output(self, script: str) -> str:
        """Run a shell script for as long as it takes; return exactly what it prints."""
        container = self.client.containers.get(self.container_id)
        output: Any = container.exec_run(["/bin/bash", "-c", script], user="root").output
        return bytes(output).decode()

    def leave_running(self, script: str) -> None:
        """Start a script that stays."""
        container = self.client.containers.get(self.container_id)
        container.exec_run(["/bin/bash", "-c", script], user="root", detach=True)
        time.sleep(0.3)

    def put(self, path: str, content: bytes) -> None:
        """Write a file into the machine, as `docker cp` does."""
        self.api.put_archive(self.container_id, "/", pack_tar({path: (content, 0o755)}))

    def grade(self, *checks: CheckSpec) -> list[CheckResult]:
        """Collect the evidence of these checks and evaluate it. Raises EvidenceMissing."""
        subject = Subject(container_id=self.container_id, image="test")
        evidence = collect(checks=checks, subject=subject, engine=self.engine)
        return evaluate_all(checks, evidence)


def machine_on(
    engine: SandboxEngine,
    machine_id: str = "m",
    *,
    kind: str = "linux",
    image: str = "drydock/linux:latest",
    limits: Limits = LINUX,
    **fields: Any,
) -> MachineHandle:
    """Make a machine on an engine and start it, with nothing that provisioning adds."""
    spec = MachineSpec(machine_id, kind, image, "box", limits, **{"transport": "exec", **fields})
    handle = engine.create_machine(spec)
    engine.start_machine(handle.container_id)
    return handle


class MachineMaker:
    """Make machines of one image, by default the `linux` machine's, and remove them again."""

    def __init__(self, engine: SandboxEngine, client: docker.DockerClient, tag: str = "") -> None:
        self.engine = engine
        self.client = client
        self.image = engine.image(tag or f"{settings.INSTALLATION}/linux:latest")
        self._ids: list[str] = []

    def make(self, kind: str) -> RealMachine:
        """Make a machine of a type, ready as students get it."""
        machine_id = self._new_id()
        spec = machine_spec(
            kind, machine_id=machine_id, image=self.image, transport="exec", hostname="box"
        )
        handle = make_and_start(self.engine, spec)
        return RealMachine(self.engine, self.client, machine_id, handle)

    def make_plain(self) -> RealMachine:
        """Make a `linux` machine with its PTY server and nothing that provisioning adds."""
        machine = self._start(transport="socket")
        self.engine.wait_for_shell(machine.handle)
        return machine

    def make_idle(self) -> RealMachine:
        """Make a `linux` machine in which nothing runs but a sleep."""
        return self._start(transport="exec", command=(BUSYBOX, "sleep", "3600"))

    def remove_all(self) -> None:
        """Remove what was made."""
        while self._ids:
            self.engine.remove_machine(self._ids.pop())

    def sweep(self) -> None:
        """Remove what was made, and see that probes have removed themselves."""
        self.remove_all()
        assert self.wait_for_probes()

    def wait_for_probes(self, seconds: float = 40.0) -> bool:
        """Whether no copy of a machine is left; the last ones may be on their way out."""
        return wait_until(
            lambda: (
                not any(owned.kind in ("snapshot", "probe") for owned in self.engine.find_owned())
            ),
            seconds=seconds,
            poll_seconds=0.1,
        )

    def _start(self, **fields: Any) -> RealMachine:
        machine_id = self._new_id()
        handle = machine_on(
            self.engine,
            machine_id,
            image=self.image.id,
            image_bytes=self.image.size_bytes,
            **fields,
        )
        return RealMachine(self.engine, self.client, machine_id, handle)

    def _new_id(self) -> str:
        self._ids.append(str(uuid.uuid4()))
        return self._ids[-1]


@dataclass
class TypedMachine:
    """Use a machine as a student does, by typing into its terminal."""

    engine: SandboxEngine
    kind: MachineType
    machine_id: str
    handle: MachineHandle
    typist: Typist = field(init=False)

    def open_terminal(self) -> None:
        """Open its first terminal."""
        self.typist = Typist(self.handle.socket_path)

    def run(self, command: str, seconds: float = 60) -> tuple[int, str]:
        return self.typist.run(command, seconds)

    def say(self, command: str, seconds: float = 60) -> str:
        return self.typist.say(command, seconds)

    def start_again(self) -> None:
        """Start it after a stop, ready, with a new terminal."""
        start(self.engine, self.handle, self.kind.name)
        self.open_terminal()


def start_typed(engine: SandboxEngine, kind: str, *, attend: bool = True) -> TypedMachine:
    """Make a ready machine of a type; remove it with engine.remove_machine(machine.machine_id).

    Without `attend` its terminal is not open yet, and there is no typist.
    """
    machine_id = str(uuid.uuid4())
    image = engine.image(image_tag(kind))
    spec = machine_spec(kind, machine_id=machine_id, image=image, transport="socket")
    handle = make_and_start(engine, spec)
    machine = TypedMachine(engine, machine_type(kind), machine_id, handle)
    if attend:
        machine.open_terminal()
    return machine


@contextmanager
def docker_machine(
    engine: SandboxEngine, need_image: Callable[[str], None]
) -> Iterator[TypedMachine]:
    """Have a `docker` machine for as long as the block runs; `need_image` is the fixture."""
    need_image("docker")
    machine = start_typed(engine, "docker")
    yield machine
    machine.typist.close()
    engine.remove_machine(machine.machine_id)


def reached(machine: TypedMachine, targets: Iterable[tuple[str, int]]) -> list[str]:
    """Try to connect to addresses and ports, all at once; return those that answer."""
    tries = " ".join(
        f"(timeout 3 bash -c '</dev/tcp/{address}/{port}' 2>/dev/null && echo {address}:{port}) &"
        for address, port in targets
    )
    return machine.run(f"({tries} wait)")[1].split()
