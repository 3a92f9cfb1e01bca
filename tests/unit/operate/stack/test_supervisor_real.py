"""Run a real supervisord.

It restarts what is killed, stops what it is asked to stop, and ends with whoever started it.
"""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.waiting import wait_until
from operate.stack.layout import Layout
from operate.stack.stack import ROOT_DIR
from operate.stack.supervisor import Program, Supervisor
from tests.support.processes import wait_new_pid

SLEEP = Program("sleeper", ("sleep", "300"), stop_seconds=2)
LAUNCH_AND_WAIT = """
import sys, time, os
from pathlib import Path
from operate.stack.layout import Layout
from operate.stack.supervisor import Program, Supervisor
supervisor = Supervisor(Layout(Path(sys.argv[1])))
sleeper = Program("sleeper", ("sleep", "300"), stop_seconds=2)
supervisor.launch([sleeper], dict(os.environ), Path("/"))
supervisor.start("sleeper")
print(supervisor.pid("sleeper"), flush=True)
time.sleep(300)
"""


@pytest.fixture
def layout() -> Iterator[Layout]:
    with tempfile.TemporaryDirectory(prefix="drydock-") as folder:
        new_layout = Layout(Path(folder))
        new_layout.make_folders()
        yield new_layout


@pytest.fixture
def supervisor(layout: Layout) -> Iterator[Supervisor]:
    running = Supervisor(layout)
    running.launch([SLEEP], dict(os.environ), Path("/"))
    yield running
    running.shut_down()


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_killed_program_comes_back_as_another_process(supervisor):
    supervisor.start("sleeper")
    old = supervisor.kill("sleeper")
    assert wait_new_pid(supervisor, "sleeper", old) != old


def test_a_stopped_program_stays_stopped_and_starts_again(supervisor):
    supervisor.start("sleeper")
    supervisor.stop("sleeper")
    assert supervisor.pid("sleeper") == 0
    supervisor.start("sleeper")
    assert supervisor.running("sleeper")


def test_starting_and_stopping_twice_is_no_error(supervisor):
    supervisor.start("sleeper")
    supervisor.start("sleeper")
    supervisor.stop("sleeper")
    supervisor.stop("sleeper")


def test_programs_stop_together(supervisor):
    supervisor.start("sleeper")
    supervisor.stop_together("sleeper")
    assert not supervisor.running("sleeper")


def test_shutting_down_ends_every_program(supervisor):
    supervisor.start("sleeper")
    pid = supervisor.pid("sleeper")
    supervisor.shut_down()
    assert not alive(pid)
    assert not supervisor.alive()


def test_killing_the_starter_ends_supervisord_and_its_programs(layout):
    environment = {**os.environ, "PYTHONPATH": str(ROOT_DIR / "platform")}
    command = [sys.executable, "-c", LAUNCH_AND_WAIT, str(layout.var)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as starter:
        pid = int(starter.stdout.readline())
        starter.kill()
    assert wait_until(lambda: not alive(pid), seconds=10)


def test_killing_supervisord_ends_its_programs(layout):
    running = Supervisor(layout)
    running.launch([SLEEP], dict(os.environ), Path("/"))
    running.start("sleeper")
    pid = running.pid("sleeper")
    assert wait_until(
        lambda: Path(f"/proc/{pid}/cmdline").read_bytes().startswith(b"sleep"),
        seconds=10,
    )  # past setpriv
    os.kill(int((layout.var / "supervisord.pid").read_text()), signal.SIGKILL)
    assert wait_until(lambda: not alive(pid), seconds=10)
    assert wait_until(lambda: not running.alive(), seconds=10)
