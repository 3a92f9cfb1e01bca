"""Measure what a student notices of attacks by a machine, a client or a stranger.

    PYTHONPATH=platform:. python bench/neighbour.py [--seconds 5] [--processes 1] [--only TEXT]

Each attack of bench/attacks.py runs against a web process for some seconds. Meanwhile a neighbour
types, a key every 20 ms, in a terminal of their own, and somebody asks for /healthz. Printed are
p50 and p95 of the key's echo and of /healthz, beside those of a quiet time just before; the target
is p95 ≤ 20 ms, or ≤ 10 × quiet where the host is that slow. It needs no engine: machines are
PTY servers of this host. Attackers run in a process of their own at a lower priority.
"""

import argparse
import asyncio
import http.client
import logging
import multiprocessing
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

# As in bench/terminal.py: the script's folder would hide the application `terminal`.
sys.path[0] = str(Path(__file__).resolve().parents[1])

from bench.attacks import ATTACKS, SUBPROTOCOL, Target, run_attack  # noqa: E402
from bench.shell import Terminal  # noqa: E402
from bench.stack import Server, redis_beside, scratch_installation, session_cookie  # noqa: E402
from tests.support.clients.websocket import WebSocket  # noqa: E402

if TYPE_CHECKING:
    from sandboxes.models import Machine

KEY_SECONDS, HEALTH_SECONDS = 0.02, 0.1
TARGET_SECONDS, TARGET_RATIO = 0.02, 10.0


@dataclass(frozen=True)
class Latency:
    """Hold what a neighbour noticed, in seconds."""

    echo: list[float]
    health: list[float]

    @property
    def p95(self) -> float:
        return percentile(self.echo, 95)

    def __str__(self) -> str:
        return (
            f"echo {statistics.median(self.echo) * 1e3:7.1f} {self.p95 * 1e3:7.1f} ms"
            f"   healthz {statistics.median(self.health) * 1e3:7.1f}"
            f" {percentile(self.health, 95) * 1e3:7.1f} ms"
        )


def percentile(values: list[float], percent: int) -> float:
    return sorted(values)[min(len(values) - 1, len(values) * percent // 100)]


class Neighbour:
    """Type in a terminal, and ask for /healthz, at a human pace."""

    def __init__(self, port: int, path: str, cookie: str) -> None:
        self._port = port
        name = SUBPROTOCOL["Sec-WebSocket-Protocol"]
        self._socket = WebSocket(port, path, subprotocol=name, cookie=cookie, seconds=60)
        self._terminal = Terminal(self._socket, drydock=True)
        self._terminal.quiet()

    def measure(self, seconds: float) -> Latency:
        health: list[float] = []
        end = time.perf_counter() + seconds
        asking = threading.Thread(target=self._ask, args=(end, health))
        asking.start()
        echo = self._type(end)
        asking.join()
        return Latency(echo, health)

    def _type(self, end: float) -> list[float]:
        """Type letters until `end`, and take each away again."""
        times: list[float] = []
        while (start := time.perf_counter()) < end or not times:
            self._terminal.type(b"a")
            while b"a" not in self._terminal.read():
                pass
            times.append(time.perf_counter() - start)
            self._terminal.type(b"\x7f")
            self._terminal.read()
            time.sleep(max(0.0, KEY_SECONDS - (time.perf_counter() - start)))
        return times

    def _ask(self, end: float, times: list[float]) -> None:
        while (start := time.perf_counter()) < end or not times:
            connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
            try:
                connection.request("GET", "/healthz")
                connection.getresponse().read()
            except OSError:
                pass  # its time counts all the same
            finally:
                connection.close()
            times.append(time.perf_counter() - start)
            time.sleep(HEALTH_SECONDS)


@contextmanager
def pty_server(folder: Path, name: str) -> Iterator[Path]:
    """Run a machine's PTY server on this host; yield its socket."""
    from tests.support.terminal.ptyd_servers import build_ptyd

    socket = folder / name / "pty.sock"
    socket.parent.mkdir()
    command = [str(build_ptyd() / "ptyd"), "serve", "--socket", str(socket)]
    command += ["--shell", "/bin/sh", "--cwd", str(folder)]
    server = subprocess.Popen(command, env=os.environ | {"PS1": "# ", "ENV": ""})
    try:
        while not socket.exists():
            time.sleep(0.01)
        yield socket
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()


def make_machine(name: str, socket: Path) -> "tuple[Machine, str]":
    """Make a student with a ready machine behind this socket; return it and a cookie."""
    from datetime import timedelta

    from django.utils import timezone

    from accounts.models import User
    from sandboxes.hosts import register_default_host
    from sandboxes.models import Machine, Sandbox

    host = register_default_host(docker_url="unix:///nowhere", transport="socket")
    student, now = User.objects.create_user(name), timezone.now()
    times = {"changed_at": now, "active_at": now, "expires_at": now + timedelta(hours=1)}
    sandbox = Sandbox.objects.create(
        user=student, lesson_key="bench/bench", state=Sandbox.State.READY, **times
    )
    machine = Machine.objects.create(
        host=host, sandbox=sandbox, name="box", kind="linux", state="claimed", changed_at=now,
        socket_path=str(socket), container_id=name,
    )  # fmt: skip
    return machine, session_cookie(student)


def attack_meanwhile(name: str, target: Target, neighbour: Neighbour, seconds: float) -> Latency:
    """Measure while an attack runs; a second for it to begin, and one to calm down."""
    context = multiprocessing.get_context("fork")
    attacker = context.Process(target=attack_in_process, args=(name, target, seconds + 1))
    attacker.start()
    time.sleep(1)
    latency = neighbour.measure(seconds)
    attacker.join(10)
    if attacker.is_alive():
        attacker.kill()
        attacker.join()
    return latency


def attack_in_process(name: str, target: Target, seconds: float) -> None:
    logging.disable()  # what is cut off at the end is no news
    asyncio.run(run_attack(name, target, seconds))


def run(*, seconds: float, processes: int, only: str) -> bool:
    """Print a line for each attack; whether all targets are met."""
    is_met = True
    with ExitStack() as stack:
        stack.enter_context(redis_beside())
        stack.enter_context(scratch_installation())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="drydock-pty-")))
        quiet_socket = stack.enter_context(pty_server(folder, "neighbour"))
        own, own_cookie = make_machine("neighbour", quiet_socket)
        options = ("--workers", str(processes)) if processes > 1 else ()
        server = stack.enter_context(Server("config.asgi:application", options=options))
        neighbour = Neighbour(server.port, f"/ws/terminals/{own.pk}/", own_cookie)
        print(f"{'quiet':<55}{neighbour.measure(seconds)}", flush=True)
        for number, name in enumerate(name for name in ATTACKS if only in name):
            socket = stack.enter_context(pty_server(folder, f"attacker{number}"))
            machine, cookie = make_machine(f"attacker{number}", socket)
            path = f"/ws/terminals/{machine.pk}/"
            quiet = neighbour.measure(1)
            target = Target(server.port, cookie, path, socket)
            latency = attack_meanwhile(name, target, neighbour, seconds)
            bound = max(TARGET_SECONDS, TARGET_RATIO * quiet.p95)
            verdict = "met" if latency.p95 <= bound else "MISSED"
            is_met = is_met and latency.p95 <= bound
            print(f"{name:<55}{latency}   quiet p95 {quiet.p95 * 1e3:.1f}: {verdict}", flush=True)
    return is_met


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=5, help="how long each attack lasts")
    parser.add_argument("--processes", type=int, default=1, help="web processes")
    parser.add_argument("--only", default="", help="attacks whose name contains this")
    options = parser.parse_args()
    met = run(seconds=options.seconds, processes=options.processes, only=options.only)
    sys.exit(0 if met else 1)


if __name__ == "__main__":
    main()
