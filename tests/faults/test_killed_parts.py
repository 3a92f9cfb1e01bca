"""Each part of the platform is killed while a student works; nobody helps, and nothing is lost but
time."""

import json
import signal
import time
from collections.abc import Iterator

import docker
import pytest

from operate.stack.stack import Stack
from tests.support.clients.api import LiveStudent
from tests.support.clients.drydock_v1 import TerminalClient
from tests.support.clients.websocket import WebSocketClosed
from tests.support.running_platform import RunningPlatform
from tests.support.waiting import wait_for

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def student(stack: RunningPlatform) -> LiveStudent:
    return LiveStudent(stack.base_url, "student", stack.password)


@pytest.fixture
def vim(student: LiveStudent) -> Iterator[TerminalClient]:
    """A terminal in which vim shows a file of ours."""
    sandbox = student.ready_sandbox()
    terminal = student.terminal(sandbox)
    terminal.quiet()
    terminal.run("seq 1 200 | sed 's/$/ bottles of α and Ω/' > /root/song")
    terminal.type("vim -u NONE /root/song\n")
    terminal.until("bottles")
    terminal.quiet()
    yield terminal
    terminal.close()
    student.end_sandbox(sandbox["id"])
    wait_for(lambda: student.sandbox(sandbox["id"])["state"] == "gone", "the sandbox being removed")


def fresh_replay(like: TerminalClient) -> bytes:
    """What a client that has nothing is sent, from the first byte on."""
    other = like.another()
    other.quiet()
    other.close()
    assert other.start == 0
    return bytes(other.output)


def assert_vim_lives(student: LiveStudent, terminal: TerminalClient) -> None:
    """Whether the same vim edits the same file, and each byte came exactly once."""
    before = terminal.seq
    terminal.type(":150\r\x07")  # Ctrl-G: how far down the file the cursor is
    terminal.until("--75%--", after=before)
    terminal.quiet()
    assert bytes(terminal.output) == fresh_replay(terminal)
    terminal.type(":q\r")
    terminal.quiet()
    assert terminal.run("pgrep -c vim || true").strip() == "0"


def test_the_web_process_is_killed_mid_terminal(
    stack: RunningPlatform, student: LiveStudent, vim: TerminalClient
) -> None:
    stack.stack.kill("web", signal.SIGKILL)
    with pytest.raises((OSError, WebSocketClosed)):
        vim.until("nothing that vim shows")
    vim.reconnect()
    assert vim.resets == 0
    assert_vim_lives(student, vim)


def test_redis_is_killed_mid_session(
    stack: RunningPlatform, student: LiveStudent, vim: TerminalClient
) -> None:
    stack.stack.kill("redis", signal.SIGKILL)
    assert_vim_lives(student, vim)  # the bytes never go through Redis
    stack.stack.wait_ready()
    result = student.check("read-your-limits")
    assert result["state"] == "graded", result["reason"]


def test_the_engine_is_restarted_mid_session(
    stack: RunningPlatform, engine_services: Stack, student: LiveStudent, vim: TerminalClient
) -> None:
    engine_services.kill("dockerd", signal.SIGKILL)
    before = vim.seq
    vim.type(":120\r\x07")  # typed while there is no engine
    vim.until("--60%--", after=before)
    engine_services.wait_engine()
    stack.stack.wait_ready()
    assert_vim_lives(student, vim)
    result = student.check("read-your-limits")
    assert result["state"] == "graded", result["reason"]


def test_the_engine_ends_in_order_and_comes_back(
    stack: RunningPlatform, engine_services: Stack, student: LiveStudent, vim: TerminalClient
) -> None:
    engine_services.restart("dockerd")
    stack.stack.wait_ready()
    assert_vim_lives(student, vim)


@pytest.mark.parametrize("delay", [0.05, 0.25, 0.5])
def test_the_worker_is_killed_mid_provision(
    stack: RunningPlatform, student: LiveStudent, delay: float
) -> None:
    """A reset takes the pool's only machine; the worker dies while it makes the next, and then one
    is wanted again."""
    first = student.ready_sandbox()
    student.call("POST", f"/sandboxes/{first['id']}/reset")
    time.sleep(delay)
    stack.stack.kill("worker", signal.SIGKILL)
    student.call("POST", f"/sandboxes/{first['id']}/reset")
    again = student.ready_sandbox(seconds=120)
    terminal = student.terminal(again)
    assert "box" in terminal.run("hostname")
    terminal.close()
    student.end_sandbox(again["id"])
    wait_for(
        lambda: student.sandbox(again["id"])["state"] == "gone", "the sandbox being removed", 120
    )


LIST_MACHINES = """
import json
from sandboxes.models import Machine
rows = Machine.objects.exclude(state="gone").select_related("sandbox")
shared = {
    row.pk: row.sandbox_id if row.sandbox and row.sandbox.has_several_machines else row.pk
    for row in rows
}
print(json.dumps([(str(row.pk), row.state, row.container_id, str(shared[row.pk])) for row in rows]))
"""
# A probe whose worker died is removed after three minutes; all the rest is sooner.
SETTLE_SECONDS = 240


def known_machines(stack: RunningPlatform) -> list[str]:
    """What the database says should be on the engine. One on its way names nothing, so agrees with
    nothing."""
    rows = json.loads(stack.manage("shell", "--no-imports", "-c", LIST_MACHINES).splitlines()[-1])
    things = set()
    for machine_id, state, container_id, network_of in rows:
        settled = state in ("warm", "claimed", "parked")
        things |= (
            {f"{machine_id} {container_id}", f"{network_of} network"}
            if settled
            else {f"{machine_id} is {state}"}
        )
    return sorted(things)


def objects_there(client: docker.DockerClient, installation: str) -> list[str]:
    """What is on the engine, in the same words. A network is a machine's, or a sandbox's with
    several machines."""
    label: dict[str, str | list[str] | bool] = {"label": f"drydock.installation={installation}"}
    containers = client.containers.list(all=True, filters=label, ignore_removed=True)
    things = [f"{container.labels['drydock.machine']} {container.id}" for container in containers]
    for network in client.networks.list(filters=label):
        labels = network.attrs["Labels"]
        things.append(f"{labels.get('drydock.machine') or labels['drydock.sandbox']} network")
    return sorted(things)


def test_nothing_leaked(stack: RunningPlatform, docker_client: docker.DockerClient) -> None:
    """After all that, the engine comes to hold exactly what the database knows: a container a
    machine, and a network a machine or a sandbox."""
    end = time.monotonic() + SETTLE_SECONDS
    known, there = known_machines(stack), objects_there(docker_client, stack.installation)
    while known != there and time.monotonic() < end:
        time.sleep(0.5)
        known, there = known_machines(stack), objects_there(docker_client, stack.installation)
    assert known == there
    assert known  # the pool is never empty for long
