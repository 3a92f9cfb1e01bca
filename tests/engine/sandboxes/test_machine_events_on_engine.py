"""Events of a real engine and of the nested engine of a real `docker` machine."""

import queue
from typing import Any

import pytest

from sandboxes.docker_events.forwarder import Subscription, host_events, nested_events
from sandboxes.docker_events.parser import MachineEvent


def collect(events: "queue.Queue[Any]", kinds: set[str]) -> list[tuple[str, MachineEvent]]:
    """What is told until all kinds of `wanted` have been."""
    collected: list[tuple[str, MachineEvent]] = []
    while kinds - {event.kind for _, event in collected}:
        collected.append(events.get(timeout=30))
    return collected


@pytest.fixture
def docker_machine(request: pytest.FixtureRequest) -> Any:
    request.getfixturevalue("need_image")("docker")
    from tests.support.machines import start_typed

    machine = start_typed(request.getfixturevalue("engine"), "docker")
    yield machine
    machine.typist.close()
    machine.engine.remove_machine(machine.machine_id)


def test_what_a_student_does_is_told(docker_machine: Any, engine: Any) -> None:
    events: queue.Queue[Any] = queue.Queue()
    container = docker_machine.handle.container_id
    nested = Subscription("nested", nested_events(engine, container), events)
    outer = Subscription("outer", host_events(engine), events)
    assert _settled(docker_machine, events)
    docker_machine.say(
        "docker volume create data && docker run --rm --name once drydock/busybox true"
    )
    docker_machine.say(
        r"printf 'FROM drydock/busybox\nLABEL a=b\n' | docker build -q -t app - && docker tag app "
        r"app:2"
    )
    kinds = {"volume-created", "container-started", "container-died", "container-removed"}
    collected = collect(events, kinds | {"image-built", "image-tagged"})
    by_kind = {event.kind: event for _, event in collected}
    assert by_kind["volume-created"].subject == "data"
    assert by_kind["container-died"].subject == "once"
    assert by_kind["container-died"].exit_code == 0
    assert (by_kind["image-built"].subject, by_kind["image-tagged"].subject) == (
        "app:latest",
        "app:2",
    )
    assert {container_id for container_id, _ in collected} == {container}
    engine.stop_machine(container)
    assert collect(events, {"machine-died"})[-1][0] == container
    nested.close()
    outer.close()


def _settled(machine: Any, events: "queue.Queue[Any]") -> bool:
    """Do something small until the first word of it comes: threads make the subscriptions."""
    for number in range(20):
        machine.say(f"docker network create settle{number}")
        try:
            return bool(events.get(timeout=2))
        except queue.Empty:
            continue
    return False
