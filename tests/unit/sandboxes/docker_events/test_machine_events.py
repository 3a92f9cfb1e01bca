"""Engine events become typed events of a student's own page, no more of them than it can show."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from sandboxes.docker_events import forwarder, parser
from sandboxes.docker_events.forwarder import EventForwarder
from sandboxes.docker_events.parser import MachineEvent, TokenBucket, parse_machine_event
from sandboxes.engine.fake.engine import FakeEngine
from sandboxes.machine_types.docker import DOCKER_SOCKET
from sandboxes.models import Machine, Sandbox


def raw(type_: str, action: str, id_: str = "", **attributes: str) -> dict[str, Any]:
    return {"Type": type_, "Action": action, "Actor": {"ID": id_, "Attributes": attributes}}


@pytest.mark.parametrize(
    ("raw_event", "kind", "subject"),
    [
        (raw("image", "tag", name="me/web:1"), "image-tagged", "me/web:1"),
        (raw("image", "tag", name="host:5000/web"), "image-tagged", "host:5000/web:latest"),
        (raw("container", "start", "abc", name="web", image="nginx"), "container-started", "web"),
        (raw("image", "pull", "nginx:latest", name="nginx"), "image-pulled", "nginx"),
        (raw("volume", "create", "data", driver="local"), "volume-created", "data"),
        (raw("network", "create", "abc", name="back"), "network-created", "back"),
        (raw("network", "connect", "abc", name="back"), "network-connected", "back"),
        (raw("container", "pause", "abc", name="web"), "container-paused", "web"),
    ],
)
def test_nested_events_are_typed(raw_event: dict[str, Any], kind: str, subject: str) -> None:
    event = parse_machine_event(raw_event, nested=True)
    assert event is not None
    assert (event.kind, event.subject, event.nested) == (kind, subject, True)


def test_exit_code_of_one_that_died() -> None:
    event = parse_machine_event(
        raw("container", "die", name="web", image="nginx", exitCode="137"), nested=True
    )
    assert event is not None
    assert (event.kind, event.exit_code, event.image) == ("container-died", 137, "nginx")


@pytest.mark.parametrize(
    "raw_event",
    [
        {},
        {"Type": ["container"], "Action": {"a": 1}},
        {"Type": "container", "Action": "start", "Actor": "me"},
        raw("container", "exec_create: sh"),
        raw("secret", "create"),
    ],
)
def test_what_is_no_event_is_left_out(raw_event: dict[str, Any]) -> None:
    assert parse_machine_event(raw_event, nested=True) is None


def test_forged_texts_are_cut_and_cleaned() -> None:
    event = parse_machine_event(
        raw("image", "tag", name="\x1b[31m" + "x" * 5000, exitCode="9" * 4000), nested=True
    )
    assert event is not None
    assert event.subject.startswith("[31mxxx")
    assert len(event.subject) <= parser.TEXT_MAX
    assert event.exit_code is None


def test_bucket_lets_a_burst_through_and_counts_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr("sandboxes.docker_events.parser.time.monotonic", lambda: clock[0])
    bucket, event = TokenBucket(), MachineEvent("image-tagged", "", nested=True)
    assert sum(len(list(bucket.take(event))) for _ in range(200)) == parser.BURST
    clock[0] += 1
    [more] = bucket.take()
    assert (more.kind, more.count) == ("more", 150)
    assert list(bucket.take()) == []


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = []
    monkeypatch.setattr(
        "core.events.publish",
        lambda *, user_id, kind, payload: messages.append(
            {"user": user_id, "type": kind, **payload}
        ),
    )
    return messages


@pytest.fixture
def event_forwarder() -> Iterator[EventForwarder]:
    new_forwarder = EventForwarder(lambda _machine_id: None)
    yield new_forwarder
    new_forwarder.close()


def watch_until(event_forwarder: EventForwarder, sent: list[dict[str, Any]], count: int) -> None:
    event_forwarder.sync()
    for _ in range(50):
        event_forwarder.forward(seconds=0.1)
        if len(sent) >= count:
            return


@pytest.fixture
def docker_machine(fake: FakeEngine, ready: Sandbox) -> Machine:
    Machine.objects.update(kind="docker")
    return ready.machines.get(state=Machine.State.CLAIMED)


def test_events_reach_the_owner_of_the_machine(
    fake: FakeEngine,
    docker_machine: Machine,
    sent: list[dict[str, Any]],
    event_forwarder: EventForwarder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lines = [json.dumps(raw("image", "tag", "sha256:there", name="web")).encode(), b"no json", b""]
    monkeypatch.setattr("sandboxes.engine.machine_http.stream_lines", lambda *_, **__: iter(lines))
    fake.answers[DOCKER_SOCKET] = b'HTTP/1.0 200 OK\r\n\r\n[{"Id": "sha256:there"}]'
    fake.pending_events = [
        raw("container", "oom", docker_machine.container_id),
        raw("container", "oom", "somebody-elses"),
    ]
    watch_until(event_forwarder, sent, 2)
    assert {(message["event"]["kind"], message["event"]["nested"]) for message in sent} == {
        ("machine-oom", False),
        ("image-tagged", True),
    }
    assert docker_machine.sandbox is not None
    assert {
        (message["user"], message["machine"], message["lesson"], message["type"])
        for message in sent
    } == {
        (
            docker_machine.sandbox.user_id,
            str(docker_machine.pk),
            docker_machine.sandbox.lesson_key,
            "machine-event",
        )
    }


def test_engine_that_is_away_is_asked_again(
    fake: FakeEngine,
    ready: Sandbox,
    sent: list[dict[str, Any]],
    event_forwarder: EventForwarder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(forwarder, "RETRY_SECONDS", 0.05)
    fake.available = False
    event_forwarder.sync()
    event_forwarder.forward(seconds=0.2)
    fake.pending_events = [raw("container", "die", ready.machines.get().container_id, exitCode="1")]
    fake.available = True
    watch_until(event_forwarder, sent, 1)
    assert [message["event"]["kind"] for message in sent] == ["machine-died"]


def test_linux_machines_have_no_engine_to_ask(
    fake: FakeEngine,
    ready: Sandbox,
    sent: list[dict[str, Any]],
    event_forwarder: EventForwarder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    requests: list[Any] = []
    monkeypatch.setattr(
        "sandboxes.engine.machine_http.stream_lines",
        lambda *_, **__: requests.append(1) or iter(()),
    )
    event_forwarder.sync()
    event_forwarder.forward(seconds=0.3)
    assert requests == []
