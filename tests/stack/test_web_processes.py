"""Several web processes on one port: terminals resume across them, and limits hold over all."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.budgets import CLIENT
from core.waiting import wait_until
from operate.stack.ports import free_port
from operate.stack.programs import web
from tests.support.clients.drydock_v1 import TerminalClient
from tests.support.clients.websocket import WebSocketClosed
from tests.support.fixtures.terminal import host_ptyd, ptyd_binary  # noqa: F401  (fixtures)
from tests.support.paths import ROOT
from tests.support.terminal.ptyd_servers import HostPtyd
from tests.support.waiting import wait_for

MAKE_ROWS = """
import json, sys
from bench.neighbour import make_machine
from pathlib import Path
machine, cookie = make_machine("student", Path({socket!r}))
print(json.dumps({{"path": f"/ws/terminals/{{machine.pk}}/", "cookie": cookie}}))
"""


class WebProcesses:
    """Two processes of a web server, as the supervisor starts them, with a student's machine."""

    def __init__(self, folder: Path, redis_url: str, machine: Path) -> None:
        self.port = free_port()
        self.env = os.environ | {
            "PYTHONPATH": f"{ROOT / 'platform'}:{ROOT}",
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DRYDOCK_VAR": str(folder),
            "DRYDOCK_SECRET_KEY": "x" * 50,
            "DRYDOCK_WEB_PROCESSES": "2",
            "REDIS_URL": redis_url,
        }
        self.manage("migrate", "--verbosity", "0")
        rows = MAKE_ROWS.format(socket=str(machine))
        made = json.loads(self.manage("shell", "--no-imports", "-c", rows).splitlines()[-1])
        self.path, self.cookie = made["path"], made["cookie"]
        self.start()

    def manage(self, *arguments: str) -> str:
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(
            command, cwd=ROOT, env=self.env, check=True, stdout=subprocess.PIPE, text=True
        ).stdout

    def start(self) -> None:
        command = list(web("127.0.0.1", self.port).command)
        self.process = subprocess.Popen([*command, "--workers", "2"], cwd=ROOT, env=self.env)
        wait_for(lambda: len(self.workers()) == 2 and self.answers(), "two web processes")

    def answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def workers(self) -> list[int]:
        """The processes that serve, below the one that keeps them."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        pids = [int(pid) for pid in children.read_text().split()]
        return [pid for pid in pids if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]

    def connections(self, pid: int) -> int:
        """How many sockets a process has open."""
        links = (str(file.readlink()) for file in Path(f"/proc/{pid}/fd").iterdir())
        return sum(link.startswith("socket:") for link in links)

    def terminal(self) -> TerminalClient:
        return TerminalClient(self.port, self.path, cookie=self.cookie)


def spread_terminals(processes: WebProcesses) -> list[TerminalClient]:
    """Open all that one user may have; none when one process got them all, as may happen."""
    before = {pid: processes.connections(pid) for pid in processes.workers()}
    terminals = [processes.terminal() for _ in range(CLIENT.terminal_sockets)]
    if all(processes.connections(pid) > count for pid, count in before.items()):
        return terminals
    for terminal in terminals:
        terminal.close()
    return []


@pytest.fixture
def processes(
    tmp_path: Path,
    redis_url: str,
    host_ptyd: HostPtyd,  # noqa: F811
) -> Iterator[WebProcesses]:
    folder = tmp_path / "var"
    folder.mkdir()
    running = WebProcesses(folder, redis_url, host_ptyd.socket)
    yield running
    running.process.terminate()
    running.process.wait(20)


def test_a_users_terminals_are_counted_over_all_processes(processes: WebProcesses) -> None:
    open_ones = wait_for(lambda: spread_terminals(processes), "terminals of both processes")
    with pytest.raises(WebSocketClosed) as refused:
        processes.terminal()
    assert refused.value.code == 4029
    open_ones.pop().close()
    wait_for(processes.terminal, "the place that was given back")
    for terminal in open_ones:
        terminal.close()


def test_a_terminal_goes_on_in_another_process_when_its_own_is_killed(
    processes: WebProcesses,
) -> None:
    terminals = [processes.terminal() for _ in range(4)]
    typing = terminals[0]
    typing.type("echo be''fore\n")
    for terminal in terminals:
        terminal.until("before\r\n")
    killed = processes.workers()[0]
    os.kill(killed, signal.SIGKILL)
    for terminal in terminals:
        terminal.reconnect()
        assert not terminal.resets
    typing.type("echo af''ter\n")
    for terminal in terminals:
        terminal.until("after\r\n")
        assert bytes(terminal.output) == bytes(typing.output)
    wait_for(lambda: len(processes.workers()) == 2 and killed not in processes.workers(), "two")
    more = [processes.terminal() for _ in range(CLIENT.terminal_sockets - len(terminals))]
    for terminal in (*terminals, *more):
        terminal.close()


def test_processes_end_with_the_one_that_keeps_them_and_the_port_is_free(
    processes: WebProcesses,
) -> None:
    workers = processes.workers()
    processes.process.kill()
    processes.process.wait()
    assert wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers), seconds=20)
    processes.start()
    assert processes.terminal().run("echo he''re") == "here\n"
