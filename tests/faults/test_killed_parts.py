"""Each part of the platform is killed while a student works; nobody helps, and nothing is lost but time."""

import signal
import time
from collections.abc import Iterator
from typing import Any

import pytest

from bench.wire import WireClosed
from tests.live import LiveStudent, LiveTerminal, wait_for

pytestmark = [pytest.mark.stack, pytest.mark.engine, pytest.mark.timeout(300)]


@pytest.fixture
def student(stack: Any, student_password: str) -> LiveStudent:
    return LiveStudent(stack.base_url, "student", student_password)


@pytest.fixture
def vim(student: LiveStudent) -> Iterator[LiveTerminal]:
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


def fresh_replay(student: LiveStudent, like: LiveTerminal) -> bytes:
    """What a client that has nothing is sent, from the first byte on."""
    other = LiveTerminal(student, like._path, **like._size)
    other.quiet()
    other.close()
    assert other.start == 0
    return bytes(other.output)


def assert_vim_lives(student: LiveStudent, terminal: LiveTerminal) -> None:
    """The same vim still edits the same file, and our bytes are the machine's, each exactly once."""
    before = terminal.seq
    terminal.type(":150\r")
    terminal.until("150 ", after=before)
    terminal.quiet()
    assert bytes(terminal.output) == fresh_replay(student, terminal)
    terminal.type(":q\r")
    terminal.quiet()
    assert terminal.run("pgrep -c vim || true").strip() == "0"


def test_the_web_process_is_killed_mid_terminal(stack: Any, student: LiveStudent, vim: LiveTerminal) -> None:
    stack.kill("web", signal.SIGKILL)
    with pytest.raises((OSError, WireClosed)):
        while True:
            vim.read()
    vim.reconnect()
    assert vim.resets == 0
    assert_vim_lives(student, vim)


def test_redis_is_killed_mid_session(stack: Any, student: LiveStudent, vim: LiveTerminal) -> None:
    stack.kill("redis", signal.SIGKILL)
    assert_vim_lives(student, vim)  # the bytes never go through Redis
    stack.wait_ready()
    result = student.check("read-your-limits")
    assert result["state"] == "graded", result["reason"]


def test_the_engine_is_restarted_mid_session(stack: Any, engine_process: Any, student: LiveStudent, vim: LiveTerminal) -> None:
    engine_process.kill()
    before = vim.seq
    vim.type(":120\r")  # typed while there is no engine
    vim.until("120 ", after=before)
    stack.wait_ready(120)
    assert_vim_lives(student, vim)
    result = student.check("read-your-limits")
    assert result["state"] == "graded", result["reason"]


def test_the_worker_is_killed_mid_provision(stack: Any, student: LiveStudent) -> None:
    """More sandboxes than there are warm machines, so that some are being made when the worker dies."""
    first = student.ready_sandbox()
    student.call("POST", f"/sandboxes/{first['id']}/reset")
    time.sleep(0.15)
    stack.kill("worker", signal.SIGKILL)
    again = student.ready_sandbox(seconds=120)
    terminal = student.terminal(again)
    assert "box" in terminal.run("hostname")
    terminal.close()
    student.end_sandbox(again["id"])
    wait_for(lambda: student.sandbox(again["id"])["state"] == "gone", "the sandbox being removed", 90)


def test_nothing_leaked(stack: Any, owned_objects: Any) -> None:
    """After all that, the engine holds exactly what the database knows."""
    wait_for(lambda: owned_objects.in_engine() == owned_objects.in_database(), "engine and database agreeing", 120)
