"""An engine under test, the fake or the real one, for the suites of what every SandboxEngine does."""

import io
import tarfile
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import docker
import pytest
from django.conf import settings

from sandboxes.engine.fake.engine import FakeEngine
from sandboxes.engine.interface import MachineHandle, MachineSpec, OwnedObject, SandboxEngine
from sandboxes.engine.limits import LINUX

MISSING = "0" * 64


@dataclass
class Subject:
    """An engine under test, with a way to put files into a machine behind its back."""

    engine: SandboxEngine
    image: str
    put: Callable[[str, str, bytes], None]
    away: Callable[[], SandboxEngine]
    double_network: Callable[[str], None]  # one more of a machine's network, under the same name
    made: list[str] = field(default_factory=list)
    sandbox: str = field(default_factory=lambda: str(uuid.uuid4()))

    def spec(self, **changes: Any) -> MachineSpec:
        machine_id = str(uuid.uuid4())
        self.made.append(machine_id)
        known = self.engine.image(self.image)
        values = {
            "machine_id": machine_id,
            "kind": "linux",
            "image": known.id,
            "hostname": "box",
            "limits": LINUX,
            "transport": "exec",
            "image_bytes": known.size_bytes,
        }
        return MachineSpec(**{**values, **changes})

    def running(self, **changes: Any) -> tuple[MachineSpec, MachineHandle]:
        spec = self.spec(**changes)
        handle = self.engine.create_machine(spec)
        self.engine.start_machine(handle.container_id)
        self.engine.wait_for_shell(handle)
        return spec, handle

    def networks_of(self, machine_id: str) -> list[str]:
        owned = self.engine.find_owned()
        return [thing.id for thing in owned if thing.kind == "network" and thing.machine_id == machine_id]

    def owned(self, machine_id: str) -> dict[str, bool]:
        return {thing.kind: thing.running for thing in self.engine.find_owned() if thing.machine_id == machine_id}

    def networks(self, *handles: MachineHandle) -> list[tuple[str, ...]]:
        """The networks that machines are in."""
        found = {thing.id: thing.networks for thing in self.engine.find_owned() if thing.kind == "container"}
        return [found[handle.container_id] for handle in handles]

    def shared(self) -> list[str]:
        """The networks of the sandbox."""
        found = self.engine.find_owned()
        return [thing.id for thing in found if thing.kind == "shared" and thing.sandbox_id == self.sandbox]


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.engine)])
def subject(request: pytest.FixtureRequest) -> Iterator[Subject]:
    made = _fake() if request.param == "fake" else _real(request)
    yield made
    for machine_id in made.made:
        made.engine.remove_machine(machine_id)
    made.engine.remove_shared_network(made.sandbox)


def _fake() -> Subject:
    engine = FakeEngine()

    def put(container_id: str, path: str, content: bytes) -> None:
        next(one for one in engine.machines.values() if one.container_id == container_id).files[path] = content

    def away() -> SandboxEngine:
        other = FakeEngine()
        other.available = False
        return other

    def double_network(machine_id: str) -> None:
        engine.leftovers.append(OwnedObject("network", f"n2-{machine_id}", machine_id))

    return Subject(engine, "drydock/linux:latest", put, away, double_network)


def _real(request: pytest.FixtureRequest) -> Subject:
    from sandboxes.engine.docker.engine import DockerEngine

    client = request.getfixturevalue("docker_client")

    def put(container_id: str, path: str, content: bytes) -> None:
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as archive:
            member = tarfile.TarInfo(path.lstrip("/"))
            member.size, member.mode = len(content), 0o644
            archive.addfile(member, io.BytesIO(content))
        client.api.put_archive(container_id, "/", buffer.getvalue())

    def away() -> SandboxEngine:
        return DockerEngine("unix:///nowhere.sock", installation="x", sockets_dir=Path("/x"), tools_dir=Path("/x"))

    def double_network(machine_id: str) -> None:
        first, *_ = client.networks.list(filters={"label": f"drydock.machine={machine_id}"})
        try:
            client.networks.create(first.name, check_duplicate=False, internal=True, labels=first.attrs["Labels"])
        except docker.errors.APIError as error:
            pytest.skip(f"this engine keeps names of networks unique: {error}")

    image = f"{settings.INSTALLATION}/linux:latest"
    return Subject(request.getfixturevalue("engine"), image, put, away, double_network)
