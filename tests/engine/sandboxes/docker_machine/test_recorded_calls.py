"""What clients ask of a machine's engine is recorded, and they notice nothing of it."""

import re
from collections.abc import Callable, Iterator

import pytest

from panels.machine import ObservedMachine
from panels.topics.calls import read_calls
from sandboxes.engine.interface import SandboxEngine
from sandboxes.machine_types.docker import DOCKER_PROGRAM, ENGINE_SOCKETS
from tests.support.machines import TypedMachine, docker_machine, start_typed
from tests.support.waiting import wait_for

pytestmark = [pytest.mark.engine, pytest.mark.timeout(240)]

# Asks both sockets in turns, so that what else runs here slows both, and prints the medians in
# milliseconds: dockerd's own, and the one where clients look.
MEASURE = r"""
import socket, statistics, time
def ask(connection, answer=b"\r\n\r\nOK"):
    began = time.perf_counter()
    connection.sendall(b"GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n")
    received = b""
    while not received.endswith(answer):
        received += connection.recv(65536)
    return (time.perf_counter() - began) * 1000
paths = ("/run/dockerd.sock", "/run/docker.sock")
def connected(path):
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(path)
    return connection
def first(path):
    began = time.perf_counter()
    with connected(path) as connection:
        ask(connection)
    return (time.perf_counter() - began) * 1000
kept = [connected(path) for path in paths]
calls, connects = ([], []), ([], [])
for _ in range(1000):
    for number, path in enumerate(paths):
        calls[number].append(ask(kept[number]))
        connects[number].append(first(path))
print(*(f"{statistics.median(times):.4f}" for times in (*calls, *connects)))
"""


@pytest.fixture(scope="module")
def machine(engine: SandboxEngine, need_image: Callable[[str], None]) -> Iterator[TypedMachine]:
    with docker_machine(engine, need_image) as typed_machine:
        typed_machine.say("export PS1='$ '")
        yield typed_machine


@pytest.fixture
def calls(machine: TypedMachine) -> Callable[[], list[str]]:
    """Tells the calls since the last time, each as `METHOD /path status`, without its version."""
    observed = ObservedMachine(
        machine_id=machine.machine_id,
        name="dock",
        container_id=machine.handle.container_id,
        machine_type=machine.kind,
        engine=machine.engine,
        user_id=1,
    )
    last = max((call["id"] for call in read_calls(observed)["calls"]), default=0)

    def new_calls() -> list[str]:
        nonlocal last
        recorded = read_calls(observed)["calls"]
        fresh = [call for call in recorded if call["id"] > last]
        last = recorded[-1]["id"] if recorded else last
        paths = (re.sub(r"^/v1\.\d+|\?.*", "", call["path"]) for call in fresh)
        return [
            f"{call['method']} {path} {call['status']}"
            for call, path in zip(fresh, paths, strict=True)
        ]

    return new_calls


def test_run_is_recorded_call_by_call(
    machine: TypedMachine, calls: Callable[[], list[str]]
) -> None:
    assert machine.say("docker run --name web drydock/busybox echo hello") == "hello"
    container = machine.say("docker inspect -f '{{.Id}}' web")
    seen = calls()
    assert seen[:2] == ["HEAD /_ping 200", "POST /containers/create 201"]
    assert {
        f"POST /containers/{container}/attach 101",
        f"POST /containers/{container}/wait 200",
        f"POST /containers/{container}/start 204",
    } <= set(seen)
    assert machine.run("docker rm web")[0] == 0
    assert "DELETE /containers/web 204" in calls()


def test_a_terminal_in_a_container_works_through_it(
    machine: TypedMachine, calls: Callable[[], list[str]]
) -> None:
    machine.say("docker run -d --name base drydock/busybox sleep 600")
    calls()
    typist, after = machine.typist, len(machine.typist.output)
    typist.type("docker exec -it base sh; echo ended with $?\n")
    typist.until("# ", after=after)
    after = len(typist.output)
    typist.type("tty; stty size; exit 3\n")
    output = typist.until("$ ", after=after)
    assert "/dev/pts/0" in output
    assert "ended with 3" in output
    recorded = calls()
    assert any(re.fullmatch(r"POST /exec/\w+/start 101", call) for call in recorded)
    assert any(re.fullmatch(r"POST /exec/\w+/resize 200", call) for call in recorded)
    assert machine.say("echo from here | docker exec -i base cat") == "from here"
    assert machine.run("docker rm -f base")[0] == 0


def test_a_build_goes_through_it(machine: TypedMachine, calls: Callable[[], list[str]]) -> None:
    machine.say("mkdir -p /root/site; head -c 5000000 /dev/urandom > /root/site/big")
    machine.say("printf 'FROM drydock/busybox\\nCOPY big /big\\n' > /root/site/Dockerfile")
    assert machine.run("docker build -q -t site /root/site")[0] == 0
    sum_outside = machine.say("sha256sum < /root/site/big")
    assert machine.say("docker run --rm site sha256sum /big").split()[0] == sum_outside.split()[0]
    recorded = calls()
    assert "POST /session 101" in recorded or "POST /grpc 101" in recorded
    assert machine.run("docker save site | docker load -q")[0] == 0
    assert {"GET /images/get 200", "POST /images/load 200"} <= set(calls())


def test_a_push_is_recorded_with_the_answer_s_status(
    machine: TypedMachine, calls: Callable[[], list[str]]
) -> None:
    code, words = machine.run("docker push registry:5000/nobody/nothing")
    assert code == 1
    assert "does not exist" in words
    # dockerd says what went wrong in the answer, which it has begun by then.
    assert "POST /images/registry:5000/nobody/nothing/push 200" in calls()


def test_an_engine_that_is_down_is_missed_in_docker_s_own_words(machine: TypedMachine) -> None:
    machine.say("kill -STOP $(pgrep -f start-docker | head -1); pid=$(cat /run/docker.pid)")
    machine.say("kill $pid; while [ -e /proc/$pid ]; do sleep 0.05; done")
    missed = [
        machine.say(f"docker {host} version --format x 2>&1 | tail -1")
        for host in ("", "-H unix:///run/dockerd.sock")
    ]
    assert missed[0] == missed[1].replace("/run/dockerd.sock", "/var/run/docker.sock")
    assert missed[0].startswith(
        "Cannot connect to the Docker daemon at unix:///var/run/docker.sock"
    )
    machine.say("kill -CONT $(pgrep -f start-docker | head -1)")
    assert machine.run("until docker version; do sleep 0.1; done")[0] == 0


def test_docker_goes_on_when_the_recorder_is_killed(
    machine: TypedMachine, calls: Callable[[], list[str]]
) -> None:
    for signal in ("KILL", "TERM"):
        machine.say(f"pkill -{signal} -x call-recorder; sleep 0.2")
        assert machine.say("docker run --rm drydock/busybox echo on") == "on"
    wait_for(
        lambda: machine.say("docker ps -q; pgrep -cx call-recorder") == "1", "a new recorder", 30
    )
    wait_for(
        lambda: machine.say("docker ps -q") == "" and "GET /containers/json 200" in calls(),
        "a call",
    )


def test_the_platform_asks_the_engine_itself(
    machine: TypedMachine, calls: Callable[[], list[str]]
) -> None:
    connection = machine.engine.open_attested(
        machine.handle.container_id, ENGINE_SOCKETS, DOCKER_PROGRAM
    )
    try:
        connection.send(b"GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n")
        assert connection.receive(10).startswith(b"HTTP/1.1 200")
        attestation = connection.attest()
    finally:
        connection.close()
    assert attestation.fault == ""
    assert calls() == []


def test_a_machine_from_before_is_asked_where_clients_look(
    engine: SandboxEngine, need_image: Callable[[str], None]
) -> None:
    need_image("docker")
    machine = start_typed(engine, "docker")
    try:
        machine.say(
            "sed -i s,dockerd.sock,docker.sock, /etc/docker/daemon.json; pkill start-docker"
        )
        machine.say("pkill -f start-docker; pkill call-recorder; rm -f /run/docker*.sock; sleep 1")
        machine.say("export XDG_RUNTIME_DIR=/run ROOTLESSKIT_STATE_DIR=/run/rootlesskit")
        machine.say(
            "rm -f /run/docker.pid; (setsid dockerd --rootless --config-file"
            " /etc/docker/daemon.json >/dev/null 2>&1 &)"
        )
        assert machine.run("until docker version; do sleep 0.1; done")[0] == 0
        assert machine.run("[ -e /run/dockerd.sock ]")[0] == 1
        connection = engine.open_attested(
            machine.handle.container_id, ENGINE_SOCKETS, DOCKER_PROGRAM
        )
        try:
            assert connection.attest().fault == ""
        finally:
            connection.close()
    finally:
        machine.typist.close()
        engine.remove_machine(machine.machine_id)


def test_a_call_takes_hardly_longer(machine: TypedMachine) -> None:
    machine.say(f"cat > /root/measure.py <<'END'\n{MEASURE}\nEND\ntrue")
    direct, recorded, first_direct, first_recorded = map(
        float, machine.say("python3 /root/measure.py", 120).split()
    )
    print(f"a call: {direct} ms direct, {recorded} ms recorded;")  # noqa: T201  pytest -s
    print(f"with a connection: {first_direct} ms, {first_recorded} ms")  # noqa: T201
    assert recorded - direct < 1.0
    assert first_recorded - first_direct < 1.0
