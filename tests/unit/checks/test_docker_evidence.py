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
from sandboxes.engine.facts import MachineSpec, PeerAttestation
from sandboxes.engine.fake.connections import FakeAttestedConnection
from sandboxes.engine.fake.engine import FakeEngine
from sandboxes.engine.limits import LINUX
from sandboxes.errors import EngineError
from sandboxes.machine_types.docker import DOCKER_SOCKET
from sandboxes.models import Host, Machine
from sandboxes.registry.fake import FakeRegistry
from sandboxes.registry.hosts import registry_of
from tests.support.docker_evidence import made

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
    "/events": answer(b"".join(json.dumps(one).encode() + b"\n" for one in EVENTS)),
}


@pytest.fixture
def engine() -> Engine:
    made = Engine()
    made.scripts = dict(ANSWERS)
    made.peer_attestation = PeerAttestation(visible=True, roots={42: UPPER})
    return made


def gather(engine: FakeEngine, *checks: Any, **about: Any) -> Evidence:
    handle = engine.create_machine(
        MachineSpec("m", "docker", "drydock/linux:latest", "box", LINUX, "exec")
    )
    engine.start_machine(handle.container_id)
    return collect(checks=checks, subject=Subject(handle.container_id, "i", **about), engine=engine)


def test_a_container_and_its_image(engine: Engine) -> None:
    seen = gather(
        engine,
        made(ContainerCheck, name="web", image="app:1"),
        made(ImageCheck, id="i", name="app:1"),
    )
    assert engine.connection.paths == [
        "/_ping",
        "/containers/web/json",
        "/images/app:1/json",
        "/images/app:1/history",
    ]
    assert engine.connection.closed
    assert seen["docker"]["container"]["web"] == {
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
    image = seen["docker"]["image"]["app:1"]
    assert image is not None
    assert (image["steps"], image["exposes"], image["whole"]) == (
        ["first", "second"],
        ["80/tcp"],
        True,
    )
    assert image["created"] == pytest.approx(1767323045.123456)


def test_what_is_not_there(engine: Engine) -> None:
    engine.scripts = {"/_ping": answer(b"OK"), "/containers/c1": answer(CONTAINER)}
    seen = gather(
        engine,
        made(ContainerCheck, id="a", name="web"),
        made(ContainerCheck, id="b", name="c1"),  # the beginning of an id finds one, too
        made(ImageCheck, id="c", name="app:1", base="app:1"),
        made(NetworkCheck, id="d", name="net"),
    )
    assert seen["docker"]["container"] == {"web": None, "c1": None}
    assert (seen["docker"]["image"], seen["docker"]["network"]) == ({"app:1": None}, {"net": None})
    assert seen["errors"] == {}


def test_networks_volumes_projects_and_events_once(engine: Engine) -> None:
    seen = gather(
        engine,
        made(NetworkCheck, id="a", name="net"),
        made(VolumeCheck, id="b", name="data"),
        made(ComposeCheck, id="c", project="shop", services=("web",)),
        made(HistoryCheck, id="d", event="image-pushed"),
        made(HistoryCheck, id="e", event="container-started"),
        opened=1000.5,
    )["docker"]
    assert [path.partition("?")[0] for path in engine.connection.paths[1:]] == [
        "/networks/net",
        "/volumes/data",
        "/containers/json",
        "/events",
    ]
    assert "since=1000.500000&until=" in engine.connection.paths[-1]
    assert seen["network"] == {"net": {"driver": "bridge", "internal": True, "members": ["web"]}}
    assert seen["volume"] == {"data": True}
    assert seen["containers"] == [
        {
            "name": "web",
            "state": "running",
            "project": "shop",
            "service": "web",
            "mounts": [{"source": "/x", "target": "/data", "writable": True}],
        }
    ]
    assert [(one["kind"], one["subject"]) for one in seen["events"] or ()] == [
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
    seen = gather(engine, made(HistoryCheck, event="image-pushed"), machine=Machine())["docker"]
    assert [one["kind"] for one in seen["events"] or ()] == ["image-pushed", "container-exec"]


def test_a_fake_is_asked_nothing(engine: Engine) -> None:
    engine.peer_attestation = PeerAttestation(visible=True, fault="another program answers there")
    seen = gather(engine, made(ContainerCheck, name="web"))
    assert engine.connection.paths == ["/_ping"]
    assert seen["docker"]["engine"] == {"seen": True, "fault": "another program answers there"}
    assert seen["docker"]["container"] == {}


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
    docker = gather(engine, made(ContainerCheck, name="web", image="app:1"))["docker"]
    container, image = docker["container"]["web"], docker["image"]["app:1"]
    assert container is not None
    assert image is not None
    assert (container["alive"], image["whole"]) == (alive, whole)


@pytest.mark.parametrize(
    "said",
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
def test_an_answer_in_another_shape_is_not_graded(engine: Engine, said: bytes) -> None:
    engine.scripts["/containers/web/json"] = said
    seen = gather(engine, made(ContainerCheck, name="web"))
    assert list(seen["errors"]) == ["docker"]
    assert "did not answer as it should" in seen["errors"]["docker"]
    assert engine.connection.closed


def test_a_socket_that_nobody_listens_on_is_not_graded(engine: Engine) -> None:
    engine.fail("open_attested", EngineError("nothing answers"))
    assert list(gather(engine, made(ContainerCheck, name="web"))["errors"]) == ["docker"]
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
        made(RegistryCheck, id="a", repository="app", tag="1", same_as="app:1"),
        made(RegistryCheck, id="b", repository="none"),
    )
    seen = gather(engine, *checks, machine=Machine(host=host), student=User(username="ada"))
    assert sorted(registry.queries) == [
        "/image?name=ada/app&tag=1",
        "/image?name=ada/none&tag=latest",
    ]
    assert seen["registry"]["app:1"] == {
        "name": "ada/app",
        "digest": "sha256:m",
        "image_id": "sha256:app",
        "tags": ["1"],
    }
    assert seen["registry"]["none:latest"]["digest"] == ""
    assert seen["docker"]["image"]["app:1"] is not None
    assert list(gather(engine, checks[1])["errors"]) == ["registry none:latest"]


def test_emulators_are_those_that_are_genuine(engine: Engine) -> None:
    check = made(VmCheck, running=True)
    seen = gather(engine, check)["guests"]
    assert (seen["running"], seen["seen"]) == ([], False)  # none is named like one
    engine.genuine_pids = frozenset({1000})
    seen = gather(engine, check)["guests"]
    assert seen["seen"]
    assert [one["args"].split()[0] for one in seen["running"] or ()] == ["/.drydock/ptyd"]


def test_disks_are_read_from_outside(engine: Engine) -> None:
    handle = engine.create_machine(
        MachineSpec("m", "docker", "drydock/linux:latest", "box", LINUX, "exec")
    )
    engine.machines["m"].files["/root/d"] = b"QFI\xfb" + bytes(5000)
    check = made(VmCheck, disk="/root/d", disk_format="qcow2")
    seen = collect(checks=[check, check], subject=Subject(handle.container_id, "i"), engine=engine)[
        "guests"
    ]
    assert seen["disks"]["/root/d"]["size"] == 5004
    assert engine.calls[1:] == [("read_file", "/root/d")]


def test_guests_are_asked_and_may_be_silent(engine: Engine) -> None:
    engine.guest["uname"] = b"Linux\n"
    seen = gather(
        engine,
        made(GuestCheck, id="a", ask="uname", equals="Linux"),
        made(GuestCheck, id="b", ask="x", equals="y"),
    )
    assert seen["guests"]["answers"] == {
        "a": {"ask": "uname", "said": {"text": "Linux\n"}, "truncated": False}
    }
    assert list(seen["errors"]) == ["guest b"]
