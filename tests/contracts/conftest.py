"""Provide an engine under test, the fake or the real one, to the contract suites."""

from collections.abc import Iterator
from pathlib import Path

import docker
import pytest
from django.conf import settings

from core.archives import pack_tar
from sandboxes.engine.facts import OwnedObject
from sandboxes.engine.fake.engine import FakeEngine
from sandboxes.engine.interface import SandboxEngine
from tests.support.engine.engine_contract import Subject
from tests.support.fixtures.terminal import host_ptyd, machine_image, ptyd_binary  # noqa: F401


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.engine)])
def subject(request: pytest.FixtureRequest) -> Iterator[Subject]:
    tested = _fake() if request.param == "fake" else _real(request)
    yield tested
    for machine_id in tested.machine_ids:
        tested.engine.remove_machine(machine_id)
    tested.engine.remove_shared_network(tested.sandbox)


def _fake() -> Subject:
    engine = FakeEngine()

    def put(container_id: str, path: str, content: bytes) -> None:
        next(
            machine for machine in engine.machines.values() if machine.container_id == container_id
        ).files[path] = content

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
        client.api.put_archive(container_id, "/", pack_tar({path: (content, 0o644)}))

    def away() -> SandboxEngine:
        return DockerEngine(
            "unix:///nowhere.sock", installation="x", sockets_dir=Path("/x"), tools_dir=Path("/x")
        )

    def double_network(machine_id: str) -> None:
        first, *_ = client.networks.list(filters={"label": f"drydock.machine={machine_id}"})
        try:
            client.networks.create(
                first.name, check_duplicate=False, internal=True, labels=first.attrs["Labels"]
            )
        except docker.errors.APIError as error:
            pytest.skip(f"this engine keeps names of networks unique: {error}")

    image = f"{settings.INSTALLATION}/linux:latest"
    return Subject(request.getfixturevalue("engine"), image, put, away, double_network)
