"""The platform's own way into a guest."""

from collections.abc import Callable, Iterator

import docker
import pytest
from docker.models.containers import Container

from checks.evidence.collector import collect
from checks.evidence.tasks import Subject
from checks.guest import GuestCheck
from checks.results import evaluate_all
from checks.virtual_machine import VmCheck
from sandboxes.engine.interface import SandboxEngine
from sandboxes.engine.machine_paths import TOOLS_MOUNT
from tests.support.checks.docker_evidence import new_check
from tests.support.machines import TypedMachine, start_typed

pytestmark = pytest.mark.engine

ASK = f"{TOOLS_MOUNT}/guest-console ask"


@pytest.fixture(scope="module")
def machine(engine: SandboxEngine, need_image: Callable[[str], None]) -> Iterator[TypedMachine]:
    need_image("vm")
    typed_machine = start_typed(engine, "vm-resume")
    typed_machine.typist.until("root@guest", 120)
    yield typed_machine
    typed_machine.typist.close()
    engine.remove_machine(typed_machine.machine_id)


def run_in_guest(container: Container, command: str) -> tuple[int | None, str]:
    """What the guest prints for a command that the platform asks for."""
    argv = ["/.drydock/busybox", "sh", "-c", f'printf %s "$1" | {ASK}', "ask", command]
    code, output = container.exec_run(argv)
    assert isinstance(output, bytes)
    return code, output.decode()


def test_platform_asks_the_guest(machine: TypedMachine, docker_client: docker.DockerClient) -> None:
    container = docker_client.containers.get(machine.handle.container_id)
    assert run_in_guest(container, "hostname; echo '50 % \"done\"'") == (0, 'guest\n50 % "done"\n')
    assert run_in_guest(container, "seq 1 2000") == (
        0,
        "".join(f"{number}\n" for number in range(1, 2001)),
    )
    assert (
        run_in_guest(container, "x" * 4000)[0] == 1
    )  # longer than an order can be, and said so at once


def test_what_the_platform_asks_is_not_seen_on_the_terminal(
    machine: TypedMachine, docker_client: docker.DockerClient
) -> None:
    run_in_guest(
        docker_client.containers.get(machine.handle.container_id),
        "echo unseen > /dev/null; echo unseen",
    )
    machine.typist.until_prompt()
    machine.say("true")
    assert b"unseen" not in machine.typist.output


def test_checks_look_at_what_runs_and_ask_the_guest(
    machine: TypedMachine, engine: SandboxEngine
) -> None:
    subject = Subject(machine.handle.container_id, "i")
    release = new_check(GuestCheck, id="release", ask="hostname", equals="guest")
    runs = new_check(VmCheck, id="runs", running=True, guest_memory="192 MiB", vcpus=1)
    other = new_check(VmCheck, id="other", running=True, guest_memory="64 MiB")
    evidence = collect(checks=(release, runs, other), subject=subject, engine=engine)
    assert [result.found for result in evaluate_all((release, runs, other), evidence)] == [
        "it printed “guest”",
        "all of that",
        "it was started with 192 MiB",
    ]
    assert evidence["guests"]["seen"] == (
        engine.genuine_processes(machine.handle.container_id, "/usr/bin/env") is not None
    )
