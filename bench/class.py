"""Let a class work: many students, each with a live terminal, at human speed.

    DOCKER_HOST=unix:///… PYTHONPATH=platform:. python bench/class.py [--students N] [--seconds S]

Each student opens the lesson, presses *Start*, types commands as people do and waits for their
output, presses *Check* now and then, and leaves. All of it goes over HTTP and websockets, as pages
do it, and anything that a student would see as an error counts as one: a refused request, a socket
that closes, a key without an echo. The students arrive together within `--arrive` seconds.
"""

import argparse
import asyncio
import json
import os
import random
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import docker
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

# Run as a script, this file's folder comes first on the path, where its names would hide others.
sys.path[0] = str(Path(__file__).resolve().parents[1])

from bench.claim import tidy  # noqa: E402
from bench.keyboard import Terminal  # noqa: E402
from bench.report import Result, show  # noqa: E402
from bench.students import SignedInStudent, sign_in  # noqa: E402
from tests.support.clients.api import LESSON  # noqa: E402
from tests.support.clients.drydock_v1 import SUBPROTOCOL  # noqa: E402
from tests.support.running_platform import RunningPlatform  # noqa: E402

EXERCISE = "read-your-limits"
COMMANDS = ("ls -l /etc\n", "ps\n", "cat /etc/hostname\n", "id\n", "free -m\n", "echo hello\n")
# People type about five keys a second, in bursts, and read for a while.
KEY_SECONDS, READ_SECONDS = 0.2, 4.0
CHECK_EVERY = 60.0
WAIT_SECONDS = 180.0
ECHO_P95_MS, ECHO_SECONDS = 50.0, 10.0
# The target of a stop, and how long it is waited for.
STOPPED_SECONDS, STOP_SECONDS = 30.0, 300.0


@dataclass
class Log:
    """Collect what all students saw."""

    echoes: list[float] = field(default_factory=list)
    starts: list[float] = field(default_factory=list)
    checks: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    live: int = 0
    most_live: int = 0
    stays: bool = False


async def attend(student: SignedInStudent, log: Log, end: float, seed: int) -> None:
    """Be one student until `end`; whatever goes wrong is noted."""
    try:
        await work(student, log, end, random.Random(seed))
    except (AssertionError, OSError, TimeoutError, WebSocketException) as error:
        log.errors.append(f"{type(error).__name__}: {str(error)[:200]}")


async def work(student: SignedInStudent, log: Log, end: float, chance: random.Random) -> None:
    url = f"ws://127.0.0.1:{student.port}"
    headers = {"Cookie": student.cookie, "Origin": student.base_url}
    async with connect(f"{url}/ws/events/", additional_headers=headers) as events:
        pages = asyncio.to_thread(student.http.get, f"{student.base_url}/courses/{LESSON}/")
        page = await pages
        assert page.status_code == 200, f"the lesson's page answered {page.status_code}"
        began = time.perf_counter()
        sandbox = await asyncio.to_thread(student.request_sandbox)
        async with asyncio.timeout(WAIT_SECONDS):
            while sandbox["state"] != "ready":
                assert sandbox["state"] != "failed", sandbox["reason"]
                sandbox = await next_of(events, "sandbox", sandbox["id"])
        log.starts.append(time.perf_counter() - began)
        path = sandbox["machines"][0]["terminal"]
        async with connect(
            f"{url}{path}", subprotocols=[Subprotocol(SUBPROTOCOL)], additional_headers=headers
        ) as socket:
            terminal = Terminal(socket)
            await terminal.open()
            log.live += 1
            log.most_live = max(log.most_live, log.live)
            try:
                await type_and_check(student, terminal, events, log, end, chance)
            finally:
                log.live -= 1
        if not log.stays:
            await asyncio.to_thread(student.end_sandbox, sandbox["id"])


async def type_and_check(
    student: SignedInStudent,
    terminal: Terminal,
    events: ClientConnection,
    log: Log,
    end: float,
    chance: random.Random,
) -> None:
    """Type, read and check, as people do, until the class is over."""
    next_check = time.perf_counter() + chance.uniform(0, CHECK_EVERY)
    while time.perf_counter() < end:
        for key in chance.choice(COMMANDS):
            await asyncio.sleep(chance.expovariate(1 / KEY_SECONDS))
            async with asyncio.timeout(ECHO_SECONDS):
                if key == "\n":
                    await terminal.enter()
                else:
                    log.echoes.append(await terminal.press(key.encode()))
        if time.perf_counter() >= next_check:
            next_check += CHECK_EVERY
            log.checks.append(await check(student, events))
        await asyncio.sleep(chance.uniform(0.5, 1.5) * READ_SECONDS)


async def check(student: SignedInStudent, events: ClientConnection) -> float:
    """Press *Check*; return the seconds until the result is on the page."""
    began = time.perf_counter()
    path = f"/exercises/{LESSON}/{EXERCISE}/submissions"
    answer = await asyncio.to_thread(student.call, "POST", path)
    assert answer.status_code in (200, 201, 202), answer.text
    submission: dict[str, Any] = answer.json()
    async with asyncio.timeout(WAIT_SECONDS):
        while submission["state"] not in ("graded", "not_graded"):
            submission = await next_of(events, "submission", submission["id"])
    assert submission["state"] == "graded", submission["reason"]
    return time.perf_counter() - began


async def next_of(events: ClientConnection, kind: str, row_id: str) -> dict[str, Any]:
    """Return the next event about one sandbox or submission."""
    while True:
        event = json.loads(await events.recv())
        if event["type"] == kind and event[kind]["id"] == row_id:
            return dict(event[kind])


async def run_class(
    students: list[SignedInStudent], seconds: float, arrive: float, *, stays: bool
) -> Log:
    """Let everybody work at once, and leave at the end unless the class `stays`."""
    log, began = Log(stays=stays), time.perf_counter()

    async def come(number: int, student: SignedInStudent) -> None:
        await asyncio.sleep(arrive * number / len(students))
        await attend(student, log, began + arrive + seconds, seed=number)

    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(32))
    await asyncio.gather(*(come(number, student) for number, student in enumerate(students)))
    return log


@contextmanager
def platform_for(docker_url: str, students: int, pool: int) -> Iterator[RunningPlatform]:
    """Run a platform that has room for so many students."""
    name = f"bench-class-{os.getpid()}"
    extra = {
        "DRYDOCK_POOL": f"linux={pool}",
        "DRYDOCK_MACHINES_MAX": str(students + 20),
        "DRYDOCK_LOG_LEVEL": "INFO",
    }
    platform = RunningPlatform(docker_url, name, extra=extra)
    try:
        platform.start()
        yield platform
    finally:
        platform.stop(seconds=STOP_SECONDS)
        platform.remove_folder()
        with closing(docker.DockerClient(base_url=docker_url)) as client:
            tidy(client, name)


def class_results(log: Log, students: int, cores: int) -> list[Result]:
    def p(values: list[float], share: float) -> float:
        return sorted(values)[round(share * (len(values) - 1))] * 1000 if values else float("nan")

    at_once = f"{students} students, {cores} cores"
    return [
        Result("terminals live at once", log.most_live, "", students, at_least=True, note=at_once),
        Result("echo p50", p(log.echoes, 0.5), "ms", note=f"{len(log.echoes)} keys"),
        Result("echo p95", p(log.echoes, 0.95), "ms", ECHO_P95_MS),
        Result("start to ready p50", p(log.starts, 0.5), "ms"),
        Result("start to ready p95", p(log.starts, 0.95), "ms"),
        Result("check to result p50", p(log.checks, 0.5), "ms", note=f"{len(log.checks)} checks"),
        Result("check to result p95", p(log.checks, 0.95), "ms"),
        Result("errors", len(log.errors), "", 0),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--students", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=120, help="work after all have come")
    parser.add_argument("--arrive", type=float, default=60, help="seconds in which they come")
    parser.add_argument("--pool", type=int, default=30, help="machines that are pooled before")
    parser.add_argument("--stay", action="store_true", help="stop the platform with all machines")
    options = parser.parse_args()
    docker_url = os.environ.get("DOCKER_HOST", "")
    with platform_for(docker_url, options.students, options.pool) as platform:
        students = sign_in(platform, options.students)
        log = asyncio.run(run_class(students, options.seconds, options.arrive, stays=options.stay))
        print(f"load {os.getloadavg()[0]:.1f}")
        show(class_results(log, options.students, os.cpu_count() or 1))
        for error in sorted(set(log.errors))[:10]:
            print(f"  {log.errors.count(error)} x {error}")
        began = time.perf_counter()
    if options.stay:
        name = f"stop with {log.most_live} machines"
        show([Result(name, time.perf_counter() - began, "s", STOPPED_SECONDS)])


if __name__ == "__main__":
    main()
