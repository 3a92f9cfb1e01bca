"""Type every Docker command that lessons use into a `docker` machine on the real engine."""

import json
import time
from collections.abc import Callable, Iterator

import pytest

from sandboxes.engine import machine_http
from sandboxes.engine.interface import SandboxEngine
from sandboxes.machine_types.docker import DOCKER_SOCKET
from tests.support.clients.ptyd import Typist
from tests.support.machines import TypedMachine, docker_machine

pytestmark = pytest.mark.engine

ENGINE_ANSWERS = "curl -s --unix-socket /run/docker.sock http://machine/_ping"


@pytest.fixture(scope="module")
def machine(engine: SandboxEngine, need_image: Callable[[str], None]) -> Iterator[TypedMachine]:
    """One machine for all of this file; each test removes what it made."""
    with docker_machine(engine, need_image) as typed_machine:
        typed_machine.say("export PS1='$ '")
        yield typed_machine


def test_version_and_info(machine: TypedMachine) -> None:
    assert machine.say("docker version --format '{{.Server.Version}}'")[0].isdigit()
    assert "overlay2" in machine.say("docker info 2>/dev/null")


def test_preloaded_images_say_what_they_are(machine: TypedMachine) -> None:
    names = machine.say("docker images --format '{{.Repository}}'").split()
    assert sorted(names) == ["drydock/busybox", "drydock/debian", "drydock/nginx", "drydock/python"]
    for name in names:
        labels = json.loads(machine.say(f"docker inspect -f '{{{{json .Config.Labels}}}}' {name}"))
        assert labels["org.opencontainers.image.vendor"] == "Drydock"
        description = labels["org.opencontainers.image.description"]
        assert "not Docker's official image" in description


def test_run_prints_and_is_gone(machine: TypedMachine) -> None:
    assert (
        machine.say("docker run --rm -e NAME=Ada drydock/busybox sh -c 'echo hello $NAME'")
        == "hello Ada"
    )
    assert machine.say("docker ps -aq") == ""


def test_run_it_is_a_terminal_of_its_own(machine: TypedMachine) -> None:
    typist, after = machine.typist, len(machine.typist.output)
    typist.type("docker run -it --rm --hostname inside drydock/busybox sh\n")
    typist.until("# ", after=after)
    after = len(typist.output)
    typist.type("tty; hostname; exit\n")
    output = typist.until("$ ", after=after)
    assert "/dev/pts/0" in output
    assert "inside" in output
    assert machine.say("docker ps -aq") == ""


def test_debian_python_and_nginx_work(machine: TypedMachine) -> None:
    assert "bookworm" in machine.say("docker run --rm drydock/debian cat /etc/os-release")
    assert machine.say("docker run --rm drydock/python python -c 'print(6*7)'") == "42"
    machine.say("mkdir -p /root/site; echo my page > /root/site/index.html")
    machine.say(
        "docker run -d --name web -p 8080:80 -v /root/site:/usr/share/nginx/html:ro drydock/nginx"
    )
    try:
        assert (
            machine.say("curl -s --retry 20 --retry-connrefused --retry-delay 1 localhost:8080")
            == "my page"
        )
        assert "GET / HTTP" in machine.say("docker logs web")
        assert "0.0.0.0:8080->80/tcp" in machine.say("docker ps --format '{{.Ports}}'")
    finally:
        machine.say("docker rm -f web")


def test_exec_ps_stop_and_rm(machine: TypedMachine) -> None:
    machine.say(
        "docker run -d --name job drydock/busybox sh -c 'trap exit TERM; while :; do sleep 0.1; "
        "done'"
    )
    assert machine.say("docker exec job echo in there") == "in there"
    assert machine.say("docker ps --format '{{.Names}} {{.Image}}'") == "job drydock/busybox"
    machine.say("docker stop job")
    assert machine.say("docker ps -q") == ""
    assert machine.say("docker ps -a --format '{{.Names}}'") == "job"
    machine.say("docker rm job")


def test_limits_are_taken_or_said_to_be_ignored(machine: TypedMachine) -> None:
    """On cgroup v1 a nested engine has no cgroups of its own.

    It says so itself in `docker info`.
    """
    assert "ran" in machine.say("docker run --rm -m 64m --cpus 0.5 drydock/busybox echo ran")
    driver = machine.say("docker info --format '{{.CgroupDriver}}' 2>/dev/null")
    warned = "without cgroups" in machine.say("docker info 2>&1")
    assert warned == (driver == "none")


def test_stats_and_top(machine: TypedMachine) -> None:
    machine.say("docker run -d --name busy drydock/busybox sleep 60")
    try:
        assert "busy" in machine.say("docker stats --no-stream --format '{{.Name}} {{.MemUsage}}'")
    finally:
        machine.say("docker rm -f busy")


@pytest.mark.parametrize("builder", ["0", "1"])
def test_build_tag_history_and_inspect(machine: TypedMachine, builder: str) -> None:
    """With the classic builder and with BuildKit."""
    machine.say("mkdir -p /root/app; echo 'print(\"built\")' > /root/app/app.py")
    recipe = (
        r"FROM drydock/python\nCOPY app.py /\nRUN python -m py_compile /app.py\n"
        r"CMD [\"python\", \"/app.py\"]\n"
    )
    machine.say(f'printf "{recipe}" > /root/app/Dockerfile')
    machine.say(f"DOCKER_BUILDKIT={builder} docker build -q -t app:1 /root/app")
    assert machine.say("docker run --rm app:1") == "built"
    machine.say("docker tag app:1 app:latest")
    assert machine.say("docker images -q app | sort -u | wc -l") == "1"
    assert "COPY" in machine.say("docker history --no-trunc app:1")
    assert machine.say("docker inspect -f '{{index .Config.Cmd 0}}' app:1") == "python"
    machine.say("docker rmi app:1 app:latest")


def test_cp_commit_save_and_load(machine: TypedMachine) -> None:
    machine.say("docker create --name keep drydock/busybox cat /note; echo remember > /root/note")
    machine.say("docker cp /root/note keep:/note")
    machine.say("docker commit keep kept; docker rm keep")
    assert machine.say("docker run --rm kept") == "remember"
    machine.say("docker save -o /root/kept.tar kept; docker rmi kept")
    assert "Loaded image: kept:latest" in machine.say("docker load -i /root/kept.tar")
    assert machine.say("docker run --rm kept") == "remember"
    machine.say("docker rmi kept; rm /root/kept.tar")


def test_networks_have_names(machine: TypedMachine) -> None:
    machine.say(
        "docker network create lan; docker run -d --name db --network lan drydock/busybox sleep 60"
    )
    try:
        assert "0% packet loss" in machine.say(
            "docker run --rm --network lan drydock/busybox ping -c1 db"
        )
        assert "lan" in machine.say("docker network ls")
    finally:
        machine.say("docker rm -f db; docker network rm lan")


def test_volumes_outlive_containers(machine: TypedMachine) -> None:
    machine.say("docker volume create data")
    machine.say("docker run --rm -v data:/data drydock/busybox sh -c 'echo kept > /data/file'")
    assert machine.say("docker run --rm -v data:/data drydock/busybox cat /data/file") == "kept"
    machine.say("docker volume rm data")


def test_events_and_system_df(machine: TypedMachine) -> None:
    machine.say("docker run --rm --name seen drydock/busybox true; sleep 1")
    assert "name=seen" in machine.say("docker events --since 1m --until 0s --filter event=die")
    assert "Images" in machine.say("docker system df")


def test_compose_both_ways(machine: TypedMachine) -> None:
    compose = r"services:\n  web:\n    image: drydock/nginx\n    ports: [\"8081:80\"]\n"
    machine.say(f'mkdir -p /root/stack; cd /root/stack; printf "{compose}" > docker-compose.yml')
    machine.say("docker compose up -d")
    assert "Up" in machine.say("docker-compose ps")
    assert "nginx" in machine.say(
        "curl -s --retry 20 --retry-connrefused --retry-delay 1 localhost:8081"
    )
    assert "8081" in machine.say("docker compose ps")
    machine.say("docker compose down; cd")
    assert machine.say("docker ps -aq") == ""


def test_platform_speaks_to_the_nested_engine(machine: TypedMachine) -> None:
    machine.say("docker run -d --name told drydock/busybox sleep 60")
    try:
        engine, container = machine.engine, machine.handle.container_id
        containers = machine_http.request(
            engine, container, DOCKER_SOCKET, "/containers/json"
        ).json()
        assert [container_row["Names"] for container_row in containers] == [["/told"]]
        path = f"/events?since={int(time.time()) - 30}&until={int(time.time()) + 1}"
        events = [
            json.loads(line)
            for line in machine_http.stream_lines(engine, container, DOCKER_SOCKET, path)
            if line
        ]
        assert "told" in [
            event["Actor"]["Attributes"].get("name")
            for event in events
            if event["Action"] == "start"
        ]
    finally:
        machine.say("docker rm -f told")


def test_containers_and_images_outlive_a_stop(machine: TypedMachine) -> None:
    machine.say("docker run --name before drydock/busybox sh -c 'echo still here > /note'")
    machine.say(
        "docker run -d --restart always --name serves -p 8082:80 drydock/nginx; docker commit "
        "before mine"
    )
    machine.typist.close()
    machine.engine.stop_machine(machine.handle.container_id)
    machine.start_again()
    try:
        assert "mine" in machine.say("docker images --format '{{.Repository}}'").split()
        machine.say("docker cp before:/note /tmp/note")
        assert machine.say("cat /tmp/note") == "still here"
        assert "nginx" in machine.say(
            "curl -s --retry 20 --retry-connrefused --retry-delay 1 localhost:8082"
        )
    finally:
        machine.say("docker rm -f before serves; docker rmi mine")


def test_engine_comes_back_when_it_is_killed(machine: TypedMachine) -> None:
    machine.say("kill -9 $(cat /run/docker.pid)")
    end = time.monotonic() + 30
    while machine.run(ENGINE_ANSWERS)[1] != "OK":
        assert time.monotonic() < end, machine.say("tail /var/log/dockerd.log")
        time.sleep(0.2)
    assert machine.say("docker run --rm drydock/busybox echo again") == "again"


def test_second_terminal_sees_the_same_engine(machine: TypedMachine) -> None:
    machine.say("docker run -d --name shared drydock/busybox sleep 60")
    other = Typist(machine.handle.socket_path, "second")
    try:
        assert other.say("docker ps --format '{{.Names}}'").endswith("shared")
    finally:
        other.close()
        machine.say("docker rm -f shared")
