"""What happened in a machine's own engine is kept over parking, unless another program says it."""

import json
from typing import Any

import pytest

from sandboxes.docker_events import history
from sandboxes.docker_events.parser import EngineEvent
from sandboxes.engine import machine_http
from sandboxes.engine.facts import PeerAttestation
from sandboxes.engine.fake.engine import FakeEngine
from sandboxes.errors import EngineError
from sandboxes.machine_types.docker import DOCKER_SOCKET
from sandboxes.models import Machine, Sandbox
from sandboxes.provisioning import teardown
from tests.support.sandboxes import machine_of


def engine_answer(*events: tuple[str, str, float]) -> bytes:
    """An engine's answer: (action, container's name, time)."""
    lines = [
        json.dumps(
            {
                "Type": "container",
                "Action": action,
                "timeNano": int(at * 1e9),
                "Actor": {"ID": "c", "Attributes": {"name": name, "image": "app"}},
            }
        )
        for action, name, at in events
    ]
    body = "\n".join(lines).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body


@pytest.fixture
def machine(ready: Sandbox, fake: FakeEngine) -> Machine:
    ready_machine = machine_of(ready)
    Machine.objects.filter(pk=ready_machine.pk).update(kind="docker", state=Machine.State.PARKED)
    fake.answers[DOCKER_SOCKET] = engine_answer(
        ("start", "web", 5.0), ("exec_start: sh", "web", 6.0), ("attach", "web", 7.0)
    )
    return machine_of(ready)


def stored_events(machine: Machine) -> list[tuple[str, float]]:
    return [(event.kind, event.at) for event in history.stored_history(machine)]


def test_it_is_kept_before_the_machine_stops(machine: Machine, fake: FakeEngine) -> None:
    teardown.stop_machine(machine)
    assert stored_events(machine) == [("container-started", 5.0), ("container-exec", 6.0)]
    assert [name for name, _ in fake.calls[-2:]] == ["open_attested", "stop_machine"]


def test_each_parking_adds_what_is_new(machine: Machine, fake: FakeEngine) -> None:
    teardown.stop_machine(machine)
    fake.answers[DOCKER_SOCKET] = engine_answer(("exec_start: sh", "web", 6.0), ("die", "web", 9.0))
    teardown.stop_machine(machine)
    assert stored_events(machine) == [
        ("container-started", 5.0),
        ("container-exec", 6.0),
        ("container-died", 9.0),
    ]


def no_answer(fake: FakeEngine) -> None:
    fake.fail("open_attested", EngineError("nothing answers"))


def another_program(fake: FakeEngine) -> None:
    fake.peer_attestation = PeerAttestation(visible=True, fault="another program answers there")


def another_shape(fake: FakeEngine) -> None:
    fake.answers[DOCKER_SOCKET] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]"


@pytest.mark.parametrize("trouble", [no_answer, another_program, another_shape])
def test_the_machine_stops_all_the_same(machine: Machine, fake: FakeEngine, trouble: Any) -> None:
    trouble(fake)
    teardown.stop_machine(machine)
    assert stored_events(machine) == []
    assert fake.calls[-1][0] == "stop_machine"


def test_other_machines_are_not_asked(machine: Machine, fake: FakeEngine) -> None:
    Machine.objects.filter(pk=machine.pk).update(kind="linux")
    machine.refresh_from_db()
    teardown.stop_machine(machine)
    assert ("open_attested", DOCKER_SOCKET) not in fake.calls


def test_only_the_last_are_kept() -> None:
    many = [EngineEvent("container-started", float(at), "web", "app") for at in range(1, 400)]
    assert [event.at for event in history.merge_history(many[:300], many[200:])] == [
        float(at) for at in range(144, 400)
    ]
    assert history.read_events(machine_http.HttpResponse(200, b"\n")) == []
