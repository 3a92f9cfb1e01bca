"""*Desktop* reads and changes what a real nested engine has, and survives one that lies."""

from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import pytest

from core.waiting import wait_until
from panels.actions.logs import read_logs
from panels.errors import PanelRefused, PanelUnavailable
from panels.machine import ObservedMachine
from panels.registry import find_action
from panels.topics.containers import read_containers
from panels.topics.images import read_images
from panels.topics.networks import read_networks
from panels.topics.statistics import read_statistics
from panels.topics.volumes import read_volumes
from sandboxes.errors import EngineError
from tests.support.machines import TypedMachine

SECONDS = 30.0
# Answers every request with a fixed body, or never; by its words `flood`, `names` and `silent`.
LIAR = r"""
import json, socketserver, sys
names = [{"Id": "%064x" % n, "Names": ["/<b>\x1b[31m%d</b>" % n], "State": 7} for n in range(10000)]
bodies = {"flood": b" " * 9_000_000, "names": json.dumps(names).encode(), "silent": None}
body = bodies[sys.argv[1]]
class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        while self.rfile.readline().strip():
            pass
        if body is None:
            return self.rfile.read()
        head = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body)
        self.wfile.write(head + body)
class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
Server("/run/liar.sock", Handler).serve_forever()
"""


def act(observed: ObservedMachine, action_name: str, /, **arguments: Any) -> Any:
    action = find_action(action_name)
    assert action is not None
    return action.run(observed, arguments)


def container(observed: ObservedMachine, name: str) -> dict[str, Any]:
    """What the topic says of a container; nothing when there is none."""
    rows = read_containers(observed)["containers"]
    return next((row for row in rows if row["name"] == name), {})


@pytest.fixture
def web(machine: TypedMachine, observed: ObservedMachine) -> Iterator[dict[str, Any]]:
    """A container that serves a page, prints colours, and has a volume."""
    machine.say(
        "docker run -d --name web -p 8080:80 -v data:/data -v /cache drydock/busybox sh -c "
        r"""'printf "\033[32mready\033[0m\n"; echo oops >&2; exec httpd -f -p 80 -h /etc'"""
    )
    yield container(observed, "web")
    machine.say("docker rm -fv web; docker volume rm -f data")


def test_container_is_seen_as_it_was_typed(observed: ObservedMachine, web: dict[str, Any]) -> None:
    assert (web["state"], web["image"]) == ("running", "drydock/busybox")
    assert {(port["public"], port["private"]) for port in web["ports"]} == {(8080, 80)}
    assert {mount["destination"] for mount in web["mounts"]} == {"/data", "/cache"}
    assert web["networks"][0]["name"] == "bridge"
    volumes = read_volumes(observed)["volumes"]
    assert ("data", False) in [(volume["name"], volume["anonymous"]) for volume in volumes]
    assert True in [volume["anonymous"] for volume in volumes]
    networks = read_networks(observed)["networks"]
    assert {"bridge", "host", "none"} == {row["name"] for row in networks if row["built_in"]}


def test_it_is_stopped_started_and_removed_by_clicks(
    machine: TypedMachine, observed: ObservedMachine, web: dict[str, Any]
) -> None:
    act(observed, "stop-container", id=web["id"])
    assert wait_until(lambda: container(observed, "web")["state"] == "exited", seconds=SECONDS)
    assert machine.say("docker ps -q") == ""
    act(observed, "start-container", id=web["id"])
    assert container(observed, "web")["state"] == "running"
    assert machine.say("docker ps --format '{{.Names}}'") == "web"
    with pytest.raises(PanelRefused, match="volume is in use"):
        act(observed, "remove-volume", name="data")
    act(observed, "remove-container", id=web["id"], volumes=True)
    assert container(observed, "web") == {}
    assert machine.say("docker ps -aq") == ""
    act(observed, "remove-volume", name="data")
    assert read_volumes(observed)["total"] == 0


def test_what_it_prints_is_read_and_followed(
    machine: TypedMachine, observed: ObservedMachine, web: dict[str, Any]
) -> None:
    lines = read_logs(observed, {"id": web["id"]})["lines"]
    assert sorted((line["stream"], line["text"]) for line in lines) == [
        ("err", "oops"),
        ("out", "\x1b[32mready\x1b[0m"),
    ]
    since = lines[-1]["at"]
    assert read_logs(observed, {"id": web["id"], "since": since})["lines"] == []
    machine.say("docker restart -t 0 web")
    after = read_logs(observed, {"id": web["id"], "since": since})["lines"]
    assert {line["text"] for line in after} == {"oops", "\x1b[32mready\x1b[0m"}


def test_busy_container_is_told_from_an_idle_one(
    machine: TypedMachine, observed: ObservedMachine
) -> None:
    machine.say("docker run -d --name busy drydock/busybox sh -c 'while :; do :; done'")
    machine.say("docker run -d --name idle drydock/busybox sleep 1000")
    busy, idle = (container(observed, name)["id"] for name in ("busy", "idle"))
    read_statistics(observed)

    def is_told() -> bool:
        used = read_statistics(observed)["containers"]
        assert used[busy]["memory"] > 0
        return bool(used[busy]["cpu"] > 10 * (used[idle]["cpu"] + 0.1))

    try:
        assert wait_until(is_told, seconds=SECONDS, poll_seconds=1.0)
    finally:
        machine.say("docker rm -f busy idle")
    assert read_statistics(observed)["containers"] == {}


def test_images_have_their_layers_and_go_by_name(
    machine: TypedMachine, observed: ObservedMachine
) -> None:
    machine.say("printf 'FROM drydock/busybox\\nRUN echo a > /a\\n' | docker build -q -t app:1 -")
    machine.say("docker tag app:1 app:2")

    def names() -> dict[str, Any]:
        images = read_images(observed)["images"]
        return {name: image["layers"] for image in images for name in image["names"]}

    assert names()["app:1"] == names()["drydock/busybox:latest"] + 1
    assert act(observed, "remove-image", reference="app:1")["deleted"] == 0
    assert "app:1" not in names()
    machine.say("docker create --name user app:2")
    with pytest.raises(PanelRefused, match="container"):
        act(observed, "remove-image", reference="app:2")
    machine.say("docker rm user")
    assert act(observed, "remove-image", reference="app:2")["deleted"] > 0
    assert "app:2" not in names()


def test_networks_go_when_nobody_is_in_them(
    machine: TypedMachine, observed: ObservedMachine
) -> None:
    machine.say("docker network create lan")
    machine.say("docker run -d --name in --network lan drydock/busybox sleep 99")
    lan = next(row for row in read_networks(observed)["networks"] if row["name"] == "lan")
    assert container(observed, "in")["networks"][0]["name"] == "lan"
    with pytest.raises(PanelRefused, match="active endpoints"):
        act(observed, "remove-network", id=lan["id"])
    machine.say("docker rm -f in")
    act(observed, "remove-network", id=lan["id"])
    assert "lan" not in [row["name"] for row in read_networks(observed)["networks"]]


def test_refusal_has_the_engines_own_words(
    machine: TypedMachine, observed: ObservedMachine, web: dict[str, Any]
) -> None:
    machine.say("docker create --name second -p 8080:80 drydock/busybox sleep 1000")
    second = container(observed, "second")["id"]
    try:
        with pytest.raises(PanelRefused, match="already allocated"):
            act(observed, "start-container", id=second)
    finally:
        machine.say("docker rm -f second")


@pytest.mark.parametrize("lie", ["names", "flood", "silent"])
def test_engine_that_lies_is_bounded(
    machine: TypedMachine, observed: ObservedMachine, lie: str
) -> None:
    """A program of the student's answers in the engine's place."""
    machine.say(f"echo {b64encode(LIAR.encode()).decode()} | base64 -d > /root/liar.py")
    machine.say(f"rm -f /run/liar.sock; (python3 /root/liar.py {lie} >/dev/null 2>&1 &)")
    machine.say("until [ -S /run/liar.sock ]; do sleep 0.1; done")
    machine.say("mv /run/dockerd.sock /run/own.sock; mv /run/liar.sock /run/dockerd.sock")
    try:
        if lie == "names":
            rows = observed.ask_docker("/containers/json")
            assert len(rows) == 10_000
            networks = read_networks(observed)
            assert (networks["total"], len(networks["networks"])) == (10_000, 200)
            assert read_images(observed)["total"] == 10_000
        elif lie == "flood":
            with pytest.raises(PanelUnavailable, match="more than can be shown"):
                read_containers(observed)
        else:
            with pytest.raises(EngineError):
                read_containers(observed)
    finally:
        machine.say("mv /run/own.sock /run/dockerd.sock; pkill -f liar.py")
    assert read_containers(observed)["total"] == 0
