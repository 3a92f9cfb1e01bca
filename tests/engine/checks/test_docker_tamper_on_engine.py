"""Ways to lie about the Docker engine in one's machine, each tried on a real one: none earns a
point or makes the grader hang, and honest work passes."""

import time

import pytest

from checks.base import BaseCheck
from checks.docker.compose import ComposeCheck
from checks.docker.container import ContainerCheck
from checks.docker.image import ImageCheck
from checks.docker.network import NetworkCheck
from checks.docker.volume import VolumeCheck
from checks.evidence import docker_session
from checks.history import HistoryCheck
from core.specs.outcomes import EvidenceMissing
from tests.support.checks.docker_evidence import new_check
from tests.support.checks.evidence import file_check
from tests.support.machines import MachineMaker, RealMachine

pytestmark = [pytest.mark.engine, pytest.mark.timeout(240)]

WEB = new_check(ContainerCheck, id="web", name="web", image="drydock/nginx")
APP = new_check(ImageCheck, id="app", name="app:1")
STARTED = new_check(HistoryCheck, id="started", event="container-started", image="drydock/nginx")
# Longer than any grading takes here, with other work on the machine.
PROMPTLY = 20.0

# Answers whatever it is asked as an engine would in which the work is done. The words before it say
# how it is started.
FAKE = r"""
import json, os, socket, sys
container = {"Name": "/web", "Id": "c", "Image": "i", "Path": "nginx", "Args": [], "Mounts": [],
  "Config": {"Image": "drydock/nginx", "Env": []},
  "State": {"Status": "running", "ExitCode": 0, "Pid": 1},
  "HostConfig": {"PortBindings": {}, "Memory": 0, "NanoCpus": 0, "CpuQuota": 0,
  "RestartPolicy": {"Name": ""}},
  "NetworkSettings": {"Ports": {}, "Networks": {}}, "GraphDriver": {"Name": "vfs", "Data": {}}}
image = {"Id": "i", "Created": "2026-01-01T00:00:00Z", "Size": 1, "RootFS": {"Layers": []},
 "Config": {},
  "GraphDriver": {"Data": {}}}
event = {"Type": "container", "Action": "start", "timeNano": 4102444800000000000,
  "Actor": {"ID": "c", "Attributes": {"name": "web", "image": "drydock/nginx"}}}
def answer(path):
    if "/history" in path: return []
    if "/containers" in path: return container
    if "/images" in path: return image
    return event
def serve(connection):
    while data := connection.recv(65536):
        body = json.dumps(answer(data.split(b" ")[1].decode())).encode()
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
def listen(path):
    server = socket.socket(socket.AF_UNIX)
    server.bind(path)
    server.listen(50)
    open("/run/up", "w")
    return server
"""
SERVES = "mv /run/dockerd.sock /run/real.sock; exec python3 - <<'END'" + FAKE
ALONE = SERVES + 'server = listen("/run/dockerd.sock")\nwhile True: serve(server.accept()[0])\nEND'
# The process that took the connection becomes the real program, with the connection still open; its
# child answers.
DRESSED = (
    SERVES
    + 'server = listen("/run/dockerd.sock")\nconnection = server.accept()[0]\nif os.fork() == 0:'
    " serve(connection)\nos.set_inheritable(connection.fileno(),"
    ' True)\nos.execv("/usr/sbin/dockerd", ["dockerd", "--rootless", "--data-root=/root/d",'
    ' "--exec-root=/run/d", "--pidfile=/run/d.pid", "--host=unix:///run/d.sock"])\nEND'
)
ENDLESS = (
    SERVES + 'server = listen("/run/dockerd.sock")\n'
    "while True:\n    connection = server.accept()[0]\n    connection.recv(9)\n"
    '    connection.sendall(b"HTTP/1.1 200 OK\\r\\n\\r\\n")\n'
    '    while True: connection.sendall(b"x" * 65536)\nEND'
)
MUTE = (
    SERVES + 'server = listen("/run/dockerd.sock")\nwhile True: serve.c = server.accept()[0]\nEND'
)
# Ends the real engine for good, and waits until it is gone.
END_ENGINE = (
    "pkill -f 'sbin/start-docke[r]'; for i in $(seq 100); do pgrep -x dockerd >/dev/null || break;"
    " sleep 0.1; done; "
)
START = (
    "XDG_RUNTIME_DIR=/run ROOTLESSKIT_STATE_DIR=/run/rootlesskit "
    "exec dockerd --rootless --config-file /etc/docker/daemon.json"
)
UNTIL_UP = "for i in $(seq 200); do docker version >/dev/null 2>&1 && break; sleep 0.1; done; "
UNTIL_THERE = "for i in $(seq 200); do [ -e /run/up ] && break; sleep 0.05; done"
WORK = "docker run -d --name web drydock/nginx; docker tag drydock/busybox app:1; "


@pytest.fixture(scope="module")
def boxes(engine, docker_client, need_image, installation):
    need_image("docker")
    boxes = MachineMaker(engine, docker_client, f"{installation}/docker:latest")
    yield boxes
    boxes.sweep()


@pytest.fixture
def box(boxes):
    yield boxes.make("docker")
    boxes.sweep()


def stay(box: RealMachine, script: str) -> None:
    """Start what stays, and wait until it says that it is there."""
    box.leave_running(script)
    box.output(UNTIL_THERE)


def verdicts(box: RealMachine, *checks: BaseCheck) -> list[str] | None:
    """What was found, of the checks that failed; all passed when empty. None when nothing was
    graded."""
    began = time.monotonic()
    try:
        return [result.found for result in box.grade(*checks) if not result.passed]
    except EvidenceMissing:
        return None
    finally:
        assert time.monotonic() - began < PROMPTLY


def test_honest_work_passes(boxes, box):
    assert verdicts(box, WEB, APP, STARTED) == [
        "no container of that name",
        "no image of that name",
        "nothing of the kind, as far as the machine's engine remembers",
    ]
    box.output(
        WORK
        + "docker volume create data; docker network create --internal shop;docker run -d --name db"
        " --network shop -v data:/data -e A=1 -m 64m --restart always -p 8080:80 --label"
        " com.docker.compose.project=shop --label com.docker.compose.service=db"
        " drydock/nginx;docker run --name done drydock/busybox sh -c 'exit 3'; docker exec db"
        " true"
    )
    all_checks = (
        WEB,
        APP,
        STARTED,
        new_check(ContainerCheck, id="absent", name="nobody", state="absent"),
        new_check(ContainerCheck, id="done", name="done", state="exited", ended_with=3),
        new_check(
            ContainerCheck,
            id="db",
            name="db",
            ports=("8080:80",),
            env=("A=1",),
            mounts=("data:/data:rw",),
            networks=("shop",),
            memory="64 MiB",
            restart="always",
        ),
        new_check(ComposeCheck, id="compose", project="shop", services=("db",)),
        new_check(NetworkCheck, id="shop", name="shop", internal=True, members=("db",)),
        new_check(VolumeCheck, id="data", name="data", used_by="db", used_at="/data"),
        new_check(HistoryCheck, id="exec", event="container-exec", subject="db"),
    )
    assert verdicts(box, *all_checks) == []
    assert boxes.wait_for_probes()


@pytest.mark.parametrize("script", [ALONE, DRESSED], ids=["alone", "dressed"])
def test_another_server_on_the_socket(box, script):
    stay(box, script)
    findings = verdicts(box, WEB, APP, STARTED)
    assert len(findings) == 3
    assert all(
        "not the Docker engine that the machine came with" in message for message in findings
    )


def test_another_server_where_clients_look_is_not_asked(box):
    stay(box, ALONE.replace("dockerd.sock", "docker.sock"))
    assert "web" in box.output("docker inspect web")
    assert verdicts(box, WEB, APP) == ["no container of that name", "no image of that name"]


def test_the_recorder_is_not_taken_for_the_engine(box):
    """It listens where clients look, and is asked when dockerd's own socket is gone."""
    box.output("mv /run/dockerd.sock /run/real.sock; ln /run/docker.sock /run/dockerd.sock")
    findings = verdicts(box, WEB)
    assert findings is None or "not the Docker engine that the machine came with" in findings[0]


@pytest.mark.parametrize("script", [ENDLESS, MUTE], ids=["endless", "mute"])
def test_a_server_that_never_ends_is_not_graded(box, script, monkeypatch):
    monkeypatch.setattr(docker_session, "SECONDS", 2.0)
    stay(box, script)
    assert verdicts(box, WEB) is None


def test_a_socket_that_leads_out_of_the_machine(box):
    """An absolute link would be the host's own path for somebody who follows it."""
    box.output(
        "mv /run/dockerd.sock /run/real.sock; rm /run/docker.sock;"
        "ln -s /var/run/docker.sock /run/docker.sock; ln -s /var/run/docker.sock /run/dockerd.sock"
    )
    assert verdicts(box, WEB) is None


def test_another_program_under_its_name(box):
    """One byte more than the real one, mounted over it; it is started by the machine itself."""
    box.output(
        "cp /usr/sbin/dockerd /root/dockerd; echo >> /root/dockerd; mount --bind /root/dockerd"
        " /usr/sbin/dockerd;kill $(cat /run/docker.pid); sleep 1;" + UNTIL_UP + WORK
    )
    findings = verdicts(box, WEB, APP)
    assert len(findings) == 2
    assert all(
        "its program is not the one that the machine came with" in message for message in findings
    )


def test_a_library_loaded_into_it(box):
    box.output(
        "cp /usr/lib/x86_64-linux-gnu/libm.so.6 /root/mine.so; echo >> /root/mine.so;" + END_ENGINE
    )
    box.leave_running("LD_PRELOAD=/root/mine.so " + START)
    box.output(UNTIL_UP + WORK)
    assert "has loaded mine.so" in verdicts(box, WEB)[0]


POKE = r"""
import re, sys
pid = open("/run/docker.pid").read().strip()
first = next(line for line in open(f"/proc/{pid}/maps") if " r-xp " in line and "dockerd" in line)
at = int(first.split("-")[0], 16) + 64
with open(f"/proc/{pid}/mem", "r+b", buffering=0) as memory:
    memory.seek(at)
    byte = memory.read(1)
    memory.seek(at)
    memory.write(byte)
"""


def test_its_code_changed_in_memory(box):
    box.output(WORK + f"python3 - <<'END'\n{POKE}\nEND")
    assert "its code was changed while it ran" in verdicts(box, WEB)[0]


TRACE = """
import ctypes, time
libc = ctypes.CDLL(None)
assert libc.ptrace(0x4206, int(open("/run/docker.pid").read()), 0, 0) == 0
open("/run/up", "w")
time.sleep(600)
"""


def test_a_tracer_at_its_side(box):
    box.output(WORK)
    stay(box, f"exec python3 - <<'END'\n{TRACE}\nEND")
    assert "another program controls it" in verdicts(box, WEB)[0]


CROWD = """
import os, resource, time
resource.setrlimit(resource.RLIMIT_NOFILE, (8000, 8000))
files = [open("/dev/null") for _ in range(7900)]
for _ in range(3): os.fork()
open("/run/up", "w")
time.sleep(600)
"""


def test_so_many_open_files_that_looking_would_take_long(box):
    box.output(WORK)
    stay(box, f"exec python3 - <<'END'\n{CROWD}\nEND")
    assert "more to look through than a machine needs" in verdicts(box, WEB)[0]


# Says to the engine that a container runs, and starts a sleep where it should be.
FAKE_RUNC = r"""#!/bin/sh
while [ $# -gt 0 ]; do
    case "$1" in
        create) verb=create ;;
        state)
            echo '{"id":"x","pid":'$(cat /run/fake.pid)',"status":"running","bundle":"/"}'
            exit ;;
        --pid-file) file=$2; shift ;;
    esac
    shift
done
[ "$verb" = create ] && {
    setsid sleep 1000 >/dev/null 2>&1 &
    printf %s $! > "$file"; printf %s $! > /run/fake.pid
}
exit 0
"""


def test_a_container_that_is_only_said_to_run(box):
    """The engine is the real one, and believes what another runc tells it."""
    box.output(
        f"cat > /root/runc <<'END'\n{FAKE_RUNC}END\nchmod +x /root/runc; mount --bind /root/runc"
        " /usr/sbin/runc;" + WORK
    )
    assert box.output("docker inspect -f '{{.State.Running}}' web").strip() == "true"
    assert verdicts(box, WEB) == ["it is said to run, but its process can't be found"]


def test_an_image_without_its_layers(box):
    box.output(
        "printf 'FROM drydock/busybox\\nRUN touch /x\\n' | docker build -q -t app:1 -;"
        "rm -r $(docker inspect -f '{{.GraphDriver.Data.UpperDir}}' app:1)"
    )
    assert verdicts(box, APP) == ["it is named by the engine, but its layers are not on the disk"]


def test_what_is_mounted_over_an_answer_is_not_it(box):
    """The student sees 42 in each of these; the disk, of which a copy would be made, holds
    something else."""
    box.output(
        "cd /root; mkdir covered proc; echo 42 > 42; echo wrong | tee answer > covered/answer;"
        "mount --bind 42 answer; mount -t tmpfs none covered; echo 42 > covered/answer;"
        "mount -t proc none proc; ln -s proc/1/root/root/42 through"
    )
    assert box.output("cat /root/answer /root/covered/answer /root/through").split() == [
        "42",
        "42",
        "42",
    ]
    paths = ("/root/answer", "/root/covered/answer", "/root/through", "/root/proc/1/root/root/42")
    checks = [
        file_check(id=f"c{number}", path=path, equals="42") for number, path in enumerate(paths)
    ]
    findings = verdicts(box, *checks)
    assert findings is not None
    assert [text.split(";")[0] for text in findings] == [
        "“wrong”",
        "“wrong”",
        "a symbolic link",
        "no file of that name",
    ]
