"""Let many students look at their panels, and measure what that costs and how late they see.

    DOCKER_HOST=unix:///… PYTHONPATH=platform:. python bench/panels.py [--students 50]

Each student has a `docker` machine and a page on which every panel is open, so that every topic is
watched. One after the other, a few a second, they start a container in their terminal. Printed are
the delay from the engine's own time of the start until the page has heard of the container, the
processor time of the web process and of the observer, and a key's echo with all panels open beside
the same with none, in the same run.
"""

import argparse
import asyncio
import json
import os
import random
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

# Run as a script, this file's folder comes first on the path, where its names would hide others.
sys.path[0] = str(Path(__file__).resolve().parents[1])

from bench.cost import processor_seconds  # noqa: E402
from bench.keyboard import Terminal  # noqa: E402
from bench.report import Result, show  # noqa: E402
from bench.students import SignedInStudent, sign_in  # noqa: E402
from tests.support.clients.drydock_v1 import SUBPROTOCOL  # noqa: E402
from tests.support.running_platform import RunningPlatform  # noqa: E402

LESSON = "vms-and-containers/images-and-containers"
DELAY_P95_MS, WEB_SHARE, ECHO_RATIO = 500.0, 0.10, 1.1
SEEN_SECONDS, READY_SECONDS, STOP_SECONDS = 30.0, 600.0, 300.0
KEY_SECONDS = 0.2


class Page:
    """A student's open page: what its panels and its events are sent."""

    def __init__(self, student: SignedInStudent, sandbox: dict[str, Any]) -> None:
        self.student, self.sandbox = student, sandbox
        self.messages = 0
        self.shown: dict[str, float] = {}  # by a container's name, when the page heard that it runs
        self.started: dict[str, float] = {}  # by name, when the engine says that it started

    @property
    def headers(self) -> dict[str, str]:
        return {"Cookie": self.student.cookie, "Origin": self.student.base_url}

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.student.port}"

    async def follow_events(self, socket: ClientConnection) -> None:
        async for text in socket:
            message = json.loads(text)
            event = message.get("event") or {}
            if message["type"] == "machine-event" and event["kind"] == "container-started":
                at = datetime.fromisoformat(event["at"]).timestamp()
                self.started.setdefault(event["subject"], at)

    async def follow_panels(self, socket: ClientConnection) -> None:
        async for text in socket:
            self.messages += 1
            message = json.loads(text)
            if message.get("topic") == "containers" and message["data"]:
                for container in message["data"]["containers"]:
                    if container["state"] == "running":
                        self.shown.setdefault(container["name"], time.time())

    async def watch(self, socket: ClientConnection, topics: list[str]) -> None:
        machine = self.sandbox["machines"][0]["name"]
        for topic in topics:
            await socket.send(json.dumps({"type": "watch", "machine": machine, "topic": topic}))

    def delays(self) -> list[float]:
        """Return the seconds from each start until it was shown; SEEN_SECONDS where it was not."""
        return [self.shown.get(name, at + SEEN_SECONDS) - at for name, at in self.started.items()]


async def echo_of(terminal: Terminal, presses: int) -> list[float]:
    """Type as people do; return the seconds to each key's echo."""
    echoes = []
    for _ in range(presses):
        await asyncio.sleep(random.expovariate(1 / KEY_SECONDS))
        echoes.append(await terminal.press(b"x"))
    await terminal.interrupt()
    return echoes


async def work(
    pages: list[Page], topics: list[str], meters: dict[str, int], seconds: float
) -> list[Result]:
    """Open everything, and let students start containers for so long."""
    async with AsyncExitStack() as stack:
        terminals = []
        for page in pages:
            path = page.sandbox["machines"][0]["terminal"]
            protocols = [Subprotocol(SUBPROTOCOL)]
            socket = await stack.enter_async_context(
                connect(page.url + path, subprotocols=protocols, additional_headers=page.headers)
            )
            terminals.append(Terminal(socket))
            await terminals[-1].open()
            events = await stack.enter_async_context(
                connect(f"{page.url}/ws/events/", additional_headers=page.headers)
            )
            following = asyncio.create_task(page.follow_events(events))
            stack.callback(following.cancel)
        typist = terminals.pop()
        before = await echo_of(typist, 60)
        for page in pages:
            panels = await stack.enter_async_context(
                connect(
                    f"{page.url}/ws/panels/{page.sandbox['id']}/",
                    additional_headers=page.headers,
                    max_size=None,
                )
            )
            following = asyncio.create_task(page.follow_panels(panels))
            stack.callback(following.cancel)
            await page.watch(panels, topics)
        await asyncio.sleep(10)  # the first samples of everything
        typing = asyncio.create_task(echo_of(typist, int(seconds / KEY_SECONDS / 2)))
        used = {name: processor_seconds([pid]) for name, pid in meters.items()}
        began, number = time.perf_counter(), 0
        while time.perf_counter() - began < seconds:
            number += 1
            terminal = terminals[number % len(terminals)]
            await terminal.run(f"docker run --rm -d --name bench{number} drydock/debian sleep 5")
            await asyncio.sleep(0.2)
        took = time.perf_counter() - began
        shares = {
            name: (processor_seconds([pid]) - used[name]) / took for name, pid in meters.items()
        }
        after = await typing
        await asyncio.sleep(2)
    return results(pages, shares, before, after, number / took)


def results(
    pages: list[Page],
    shares: dict[str, float],
    before: list[float],
    after: list[float],
    rate: float,
) -> list[Result]:
    delays = sorted(delay * 1000 for page in pages for delay in page.delays())
    ratio = p95(after) / p95(before)
    messages = sum(page.messages for page in pages)
    return [
        Result("event to page p50", statistics.median(delays), "ms", note=f"{len(delays)} starts"),
        Result("event to page p95", p95(delays), "ms", DELAY_P95_MS, note=f"{rate:.1f} a second"),
        Result("web process", shares["web"], "cores", WEB_SHARE, note=f"{messages} messages"),
        Result("observer", shares["observer"], "cores"),
        Result("echo p95, panels closed", p95(before) * 1000, "ms", note=f"{len(before)} keys"),
        Result("echo p95, panels open", p95(after) * 1000, "ms", note=f"{len(after)} keys"),
        Result("ratio of these", ratio, "", ECHO_RATIO),
    ]


def p95(values: list[float]) -> float:
    return sorted(values)[round(0.95 * (len(values) - 1))] if values else float("nan")


@contextmanager
def platform_for(docker_url: str, students: int) -> Iterator[RunningPlatform]:
    extra = {"DRYDOCK_POOL": "", "DRYDOCK_MACHINES_MAX": str(students + 2)}
    platform = RunningPlatform(docker_url, f"bench-panels-{os.getpid()}", extra=extra)
    try:
        platform.start()
        yield platform
    finally:
        platform.stop(seconds=STOP_SECONDS)
        platform.remove_folder()


def all_topics() -> list[str]:
    """Return the names of all topics that panels of a `docker` machine watch."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from panels.registry import panels_for
    from sandboxes.machine_types.registry import machine_type

    fitting = panels_for([machine_type("docker")])
    return sorted({topic.name for panel in fitting for topic in panel.topics})


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--students", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60)
    options = parser.parse_args()
    topics = all_topics()
    with platform_for(os.environ.get("DOCKER_HOST", ""), options.students) as platform:
        students = sign_in(platform, options.students)
        for student in students:
            student.request_sandbox(LESSON)
        pages = [
            Page(student, student.ready_sandbox(LESSON, READY_SECONDS)) for student in students
        ]
        supervisor = platform.stack.supervisor
        meters = {name: int(supervisor.pid(name) or 0) for name in ("web", "observer")}
        print(f"{options.students} students, topics: {', '.join(topics)}")
        show(asyncio.run(work(pages, topics, meters, options.seconds)))
        print(f"load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
