"""Gather from a machine's Docker engine what checks name: one request a thing, and no other shapes.

The engine is a script of answers.
"""

import json
from typing import Any

import pytest

from accounts.models import User
from checks.docker.compose import ComposeCheck
from checks.docker.container import ContainerCheck
from checks.docker.image import ImageCheck
from checks.docker.network import NetworkCheck
from checks.docker.volume import VolumeCheck
from checks.evidence import tasks
from checks.evidence.collector import collect
from checks.evidence.schema import Evidence
from checks.evidence.tasks import Subject
from checks.guest import GuestCheck
from checks.history import HistoryCheck
from checks.registry_image import RegistryCheck
from checks.virtual_machine import VmCheck
from sandboxes.docker_events.parser import EngineEvent
from sandboxes.engine.facts import PeerAttestation
from sandboxes.engine.fake.connections import FakeAttestedConnection
from sandboxes.engine.fake.engine import FakeEngine
from sandboxes.errors import EngineError
from sandboxes.machine_types.docker import DOCKER_SOCKET
from sandboxes.models import Host, Machine
from sandboxes.registry.fake import FakeRegistry
from sandboxes.registry.hosts import registry_of
from tests.support.checks.docker_evidence import new_check
from tests.support.machines import machine_on

UPPER = "/var/lib/docker/overlay2/c/diff"
CONTAINER = {
    "Name": "/web",
    "Id": "c1",
    "Image": "sha256:app",
    "Path": "nginx",
    "Args": ["-g", "daemon off;"],
    "Config": {"Image": "app:1", "Env": ["A=1", "ZERO=\x00"]},
    "State": {"Status": "running", "ExitCode": 0, "Pid": 42, "Health": {"Status": "healthy"}},
    "HostConfig": {
        "PortBindings": {"80/tcp": [{"HostIp": "", "HostPort": ""}]},
        "Memory": 1024,
        "NanoCpus": 0,
        "CpuQuota": 50_000,
        "CpuPeriod": 100_000,
        "RestartPolicy": {"Name": ""},
    },
    "NetworkSettings": {
        "Ports": {"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}]},
        "Networks": {"bridge": {}},
    },
    "Mounts": [
        {"Type": "volume", "Name": "data", "Source": "/x", "Destination": "/data", "RW": False}
    ],
    "GraphDriver": {"Name": "overlay2", "Data": {"UpperDir": UPPER}},
}
IMAGE = {
    "Id": "sha256:app",
    "Created": "2026-01-02T03:04:05.123456789Z",
    "Size": 5,
    "RootFS": {"Layers": ["sha256:1"]},
    "Config": {"User": "nobody", "Cmd": ["true"], "ExposedPorts": {"80/tcp": {}}},
    "GraphDriver": {"Name": "overlay2", "Data": {"UpperDir": "/l/1", "LowerDir": "/l/2:/l/3"}},
}
ROW = {
    "Names": ["/web"],
    "State": "running",
    "Labels": {"com.docker.compose.project": "shop", "com.docker.compose.service": "web"},
    "Mounts": [{"Source": "/x", "Destination": "/data", "RW": True}],
}
EVENTS = [
    {
        "Type": "container",
        "Action": "start",
        "timeNano": 5,
        "Actor": {"ID": "c", "Attributes": {"name": "web"}},
    },
    {
        "Type": "container",
        "Action": "exec_start: sh",
        "timeNano": 6,
        "Actor": {"ID": "c", "Attributes": {}},
    },
    {
        "Type": "container",
        "Action": "attach",
        "timeNano": 7,
        "Actor": {"ID": "c", "Attributes": {}},
    },
]


def answer(body: Any, status: int = 200) -> bytes:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n" % (status, len(raw)) + raw


class Scripted(FakeAttestedConnection):
    """Answer each path with what a test has for its beginning, cut anywhere; 404 otherwise."""

    def __init__(self, answers: dict[str, bytes], attestation: PeerAttestation) -> None:
        super().__init__(b"", attestation)
        self.answers, self.paths, self.waiting, self.closed = answers, list[str](), b"", False

    def send(self, data: bytes) -> None:
        path = data.split(b" ")[1].decode()
        self.paths.append(path)
        fitting = [key for key in self.answers if path.startswith(key)]
        self.waiting += self.answers[max(fitting, key=len)] if fitting else answer({}, 404)

    def receive(self, seconds: float) -> bytes:
        piece, self.waiting = self.waiting[:7], self.waiting[7:]
        return piece

    def close(self) -> None:
        self.closed = True


class Engine(FakeEngine):
    """One with a Docker engine inside."""

    connection: Scripted

    def open_attested(self, container_id: str, socket: str, program: str) -> Scripted:
        super().open_attested(container_id, socket, program)
        self.connection = Scripted(self.scripts, self.peer_attestation)
        return self.connection

    scripts: dict[str, bytes] = {}


ANSWERS = {
    "/_ping": answer(b"OK"),
    "/containers/web/json": answer(CONTAINER),
    "/containers/json": answer([ROW]),
    "/images/app:1/json": answer(IMAGE),
    "/images/app:1/history": answer([{"CreatedBy": "second"}, {"CreatedBy": "first"}]),
    "/networks/net": answer(
        {"Driver": "bridge", "Internal": True, "Containers": {"c": {"Name": "web"}}}
    ),
    "/volumes/data": answer({"Name": "data"}),
    "/events": answer(b"".join(json.dumps(event).encode() + b"\n" for event in EVENTS)),
}


@pytest.fixture
def engine() -> Engine:
    new_check = Engine()
    new_check.scripts = dict(ANSWERS)
    new_check.peer_attestation = PeerAttestation(visible=True, roots={42: UPPER})
    return new_check


def gather(engine: FakeEngine, *checks: Any, **about: Any) -> Evidence:
    handle = machine_on(engine, kind="docker")
    return collect(checks=checks, subject=Subject(handle.container_id, "i", **about), engine=engine)


def test_a_container_and_its_image(engine: Engine) -> None:
    gathered = gather(
        engine,
        new_check(ContainerCheck, name="web", image="app:1"),
        new_check(ImageCheck, id="i", name="app:1"),
    )
    assert engine.connection.paths == [
        "/_ping",
        "/containers/web/json",
        "/images/app:1/json",
        "/images/app:1/history",
    ]
    assert engine.connection.closed
    assert gathered["docker"]["container"]["web"] == {
        "id": "c1",
        "state": "running",
        "exit_code": 0,
        "image": "app:1",
        "image_id": "sha256:app",
        "args": ["nginx", "-g", "daemon off;"],
        "ports": ["0.0.0.0:8080:80/tcp"],
        "env": ["A=1", "ZERO=\ufffd"],
        "mounts": [{"source": "data", "target": "/data", "writable": False}],
        "networks": ["bridge"],
        "memory": 1024,
        "cpus": 0.5,
        "health": "healthy",
        "restart": "no",
        "alive": True,
    }
    image = gathered["docker"]["image"]["app:1"]
    assert image is not None
    assert (image["steps"], image["exposes"], image["whole"]) == (
        ["first", "second"],
        ["80/tcp"],
        True,
    )
    assert image["created"] == pytest.approx(1767323045.123456)


def test_what_is_not_there(engine: Engine) -> None:
    engine.scripts = {"/_ping": answer(b"OK"), "/containers/c1": answer(CONTAINER)}
    gathered = gather(
        engine,
        new_check(ContainerCheck, id="a", name="web"),
        new_check(ContainerCheck, id="b", name="c1"),  # the beginning of an id finds one, too
        new_check(ImageCheck, id="c", name="app:1", base="app:1"),
        new_check(NetworkCheck, id="d", name="net"),
    )
    assert gathered["docker"]["container"] == {"web": None, "c1": None}
    assert (gathered["docker"]["image"], gathered["docker"]["network"]) == (
        {"app:1": None},
        {"net": None},
    )
    assert gathered["errors"] == {}


def test_networks_volumes_projects_and_events_once(engine: Engine) -> None:
    observed = gather(
        engine,
        new_check(NetworkCheck, id="a", name="net"),
        new_check(VolumeCheck, id="b", name="data"),
        new_check(ComposeCheck, id="c", project="shop", services=("web",)),
        new_check(HistoryCheck, id="d", event="image-pushed"),
        new_check(HistoryCheck, id="e", event="container-started"),
        opened=1000.5,
    )["docker"]
    assert [path.partition("?")[0] for path in engine.connection.paths[1:]] == [
        "/networks/net",
        "/volumes/data",
        "/containers/json",
        "/events",
    ]
    assert "since=1000.500000&until=" in engine.connection.paths[-1]
    assert observed["network"] == {
        "net": {"driver": "bridge", "internal": True, "members": ["web"]}
    }
    assert observed["volume"] == {"data": True}
    assert observed["containers"] == [
        {
            "name": "web",
            "state": "running",
            "project": "shop",
            "service": "web",
            "mounts": [{"source": "/x", "target": "/data", "writable": True}],
        }
    ]
    assert [(event["kind"], event["subject"]) for event in observed["events"] or ()] == [
        ("container-started", "web"),
        ("container-exec", "c"),
    ]


def test_what_happened_before_the_engine_was_stopped_counts(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = [
        EngineEvent("image-pushed", 1e-9, "app", ""),
        EngineEvent("container-exec", 6e-9, "c", ""),
    ]
    monkeypatch.setattr(tasks, "stored_history", lambda _machine: known)
    observed = gather(engine, new_check(HistoryCheck, event="image-pushed"), machine=Machine())[
        "docker"
    ]
    assert [event["kind"] for event in observed["events"] or ()] == [
        "image-pushed",
        "container-exec",
    ]


def test_a_fake_is_asked_nothing(engine: Engine) -> None:
    engine.peer_attestation = PeerAttestation(visible=True, fault="another program answers there")
    gathered = gather(engine, new_check(ContainerCheck, name="web"))
    assert engine.connection.paths == ["/_ping"]
    assert gathered["docker"]["engine"] == {"seen": True, "fault": "another program answers there"}
    assert gathered["docker"]["container"] == {}


@pytest.mark.parametrize(
    ("attestation", "alive", "whole"),
    [
        (PeerAttestation(visible=False), None, None),
        (PeerAttestation(visible=True, roots={42: "/elsewhere"}), False, True),
        (PeerAttestation(visible=True, missing=frozenset({"/l/2"})), False, False),
    ],
)
def test_what_the_host_sees_of_it(
    engine: Engine, attestation: PeerAttestation, alive: bool | None, whole: bool | None
) -> None:
    engine.peer_attestation = attestation
    docker = gather(engine, new_check(ContainerCheck, name="web", image="app:1"))["docker"]
    container, image = docker["container"]["web"], docker["image"]["app:1"]
    assert container is not None
    assert image is not None
    assert (container["alive"], image["whole"]) == (alive, whole)


@pytest.mark.parametrize(
    "body",
    [
        answer({"Name": "/web"}),
        answer([]),
        answer(b"not json"),
        answer({}, 500),
        answer({**CONTAINER, "State": None}),
        b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n" + b"x" * 1_100_000,
        b"SSH-2.0\r\n\r\n",
        b"",
    ],
    ids=["half", "list", "text", "500", "none", "much", "no http", "nothing"],
)
def test_an_answer_in_another_shape_is_not_graded(engine: Engine, body: bytes) -> None:
    engine.scripts["/containers/web/json"] = body
    gathered = gather(engine, new_check(ContainerCheck, name="web"))
    assert list(gathered["errors"]) == ["docker"]
    assert "did not answer as it should" in gathered["errors"]["docker"]
    assert engine.connection.closed


def test_a_socket_that_nobody_listens_on_is_not_graded(engine: Engine) -> None:
    engine.fail("open_attested", EngineError("nothing answers"))
    assert list(gather(engine, new_check(ContainerCheck, name="web"))["errors"]) == ["docker"]
    assert engine.calls[-1] == ("open_attested", DOCKER_SOCKET)


# --- Registry and guests


def test_the_registry_is_asked_below_the_students_own_name(engine: Engine) -> None:
    host = Host(docker_url="fake://beside-a-registry")
    registry = registry_of(host)
    assert isinstance(registry, FakeRegistry)
    registry.images["name=ada/app&tag=1"] = {
        "digest": "sha256:m",
        "config": "sha256:app",
        "tags": ["1"],
    }
    checks = (
        new_check(RegistryCheck, id="a", repository="app", tag="1", same_as="app:1"),
        new_check(RegistryCheck, id="b", repository="none"),
    )
    gathered = gather(engine, *checks, machine=Machine(host=host), student=User(username="ada"))
    assert sorted(registry.queries) == [
        "/image?name=ada/app&tag=1",
        "/image?name=ada/none&tag=latest",
    ]
    assert gathered["registry"]["app:1"] == {
        "name": "ada/app",
        "digest": "sha256:m",
        "image_id": "sha256:app",
        "tags": ["1"],
    }
    assert gathered["registry"]["none:latest"]["digest"] == ""
    assert gathered["docker"]["image"]["app:1"] is not None
    assert list(gather(engine, checks[1])["errors"]) == ["registry none:latest"]


def test_emulators_are_those_that_are_genuine(engine: Engine) -> None:
    check = new_check(VmCheck, running=True)
    observed = gather(engine, check)["guests"]
    assert (observed["running"], observed["seen"]) == ([], False)  # none is named like one
    engine.genuine_pids = frozenset({1000})
    observed = gather(engine, check)["guests"]
    assert observed["seen"]
    assert [process["args"].split()[0] for process in observed["running"] or ()] == [
        "/.drydock/ptyd"
    ]


def test_disks_are_read_from_outside(engine: Engine) -> None:
    handle = machine_on(engine, kind="docker")
    engine.machines["m"].files["/root/d"] = b"QFI\xfb" + bytes(5000)
    check = new_check(VmCheck, disk="/root/d", disk_format="qcow2")
    observed = collect(
        checks=[check, check], subject=Subject(handle.container_id, "i"), engine=engine
    )["guests"]
    assert observed["disks"]["/root/d"]["size"] == 5004
    assert engine.calls[2:] == [("read_file", "/root/d")]


def test_guests_are_asked_and_may_be_silent(engine: Engine) -> None:
    engine.guest["uname"] = b"Linux\n"
    gathered = gather(
        engine,
        new_check(GuestCheck, id="a", ask="uname", equals="Linux"),
        new_check(GuestCheck, id="b", ask="x", equals="y"),
    )
    assert gathered["guests"]["answers"] == {
        "a": {"ask": "uname", "said": {"text": "Linux\n"}, "truncated": False}
    }
    assert list(gathered["errors"]) == ["guest b"]
