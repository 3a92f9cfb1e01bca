"""A machine bears its name: in its first prompt, to `hostname`, and after a stop."""

import time
import uuid
from collections.abc import Iterator

import docker
import pytest
from django.conf import settings

from sandboxes.engine.facts import MachineHandle
from sandboxes.engine.interface import SandboxEngine
from sandboxes.provisioning.boot import machine_spec, make_and_start, start
from tests.support.clients.ptyd import Typist
from tests.support.waiting import ESCAPES

pytestmark = pytest.mark.engine

Pooled = tuple[str, MachineHandle]


@pytest.fixture
def pooled(engine: SandboxEngine, docker_client: docker.DockerClient) -> Iterator[Pooled]:
    """A machine of the pool, its shell started: nobody knows yet what it will be called."""
    machine_id = str(uuid.uuid4())
    image = engine.image(f"{settings.INSTALLATION}/linux:latest")
    spec = machine_spec(
        "linux", machine_id=machine_id, image=image, transport="socket", awaits_name=True
    )
    yield machine_id, make_and_start(engine, spec)
    engine.remove_machine(machine_id)


def first_screen(handle: MachineHandle) -> set[str]:
    """All words that a terminal shows up to its first prompt, which may be drawn twice."""
    typist = Typist(handle.socket_path)
    try:
        typist.until_prompt()
        return set(ESCAPES.sub("", typist.output.decode()).split())
    finally:
        typist.close()


def test_pooled_machine_has_its_name_in_its_first_prompt(
    engine: SandboxEngine, pooled: Pooled
) -> None:
    machine_id, handle = pooled
    time.sleep(0.5)  # its shell waits for the name by now
    engine.name_machine(machine_id, "dock")
    assert first_screen(handle) == {"root@dock:~#"}
    assert engine.facts(handle.container_id).hostname == "dock"


def test_naming_it_before_its_shell_waits_is_as_good(engine: SandboxEngine, pooled: Pooled) -> None:
    machine_id, handle = pooled
    engine.name_machine(machine_id, "dock")
    assert first_screen(handle) == {"root@dock:~#"}


def test_name_is_there_again_after_a_stop(engine: SandboxEngine, pooled: Pooled) -> None:
    machine_id, handle = pooled
    engine.name_machine(machine_id, "dock")
    for _ in range(2):
        engine.stop_machine(handle.container_id)
        start(engine, handle, "linux", "dock")
        assert first_screen(handle) == {"root@dock:~#"}
    typist = Typist(handle.socket_path)
    assert typist.say("hostname; cat /etc/hostname; getent hosts dock | wc -l").split() == [
        "dock",
        "dock",
        "1",
    ]
    typist.close()


def test_student_in_the_way_of_the_name_gets_a_prompt_all_the_same(
    engine: SandboxEngine, pooled: Pooled
) -> None:
    """A folder, or a link to a file that matters, where the pipe would be."""
    machine_id, handle = pooled
    engine.name_machine(machine_id, "dock")
    for prank in ("mkdir", "ln -s /etc/passwd"):
        typist = Typist(handle.socket_path)
        typist.say(f"rm -rf /run/drydock/name; {prank} /run/drydock/name; md5sum /etc/passwd")
        typist.close()
        engine.stop_machine(handle.container_id)
        start(engine, handle, "linux", "dock")
        assert len(first_screen(handle)) == 1
