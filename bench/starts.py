"""Measure how many machines start in a second while others are alive, and where the time goes.

    DOCKER_HOST=unix:///… PYTHONPATH=platform:. python bench/claim.py --steps

Nobody finds a pooled machine. Students press *Start* together, a batch at a time; machines of
earlier batches stay alive. Beside each batch, in the same run, the engine alone starts and removes
containers of the same image, as many at once as the platform may.
"""

import os
import re
import statistics
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import docker

from bench.report import Result
from bench.students import SignedInStudent, next_event, sign_in
from tests.support.clients.websocket import WebSocket

BATCH = 25
READY_SECONDS = 180
REFERENCE = 12
ALIVE = (0, 50, 100)
# What a worker logs of each start (sandboxes/provisioning/boot.py).
STEPS = re.compile(r"machine [0-9a-f-]+ is up: (.*)")
STEP = re.compile(r"([a-z ]+) ([0-9]+) ms")
PER_SECOND = 5.0


def measure_steps(docker_url: str) -> list[Result]:
    """Start batch after batch, and measure those that begin with so many machines alive."""
    from tests.support.running_platform import RunningPlatform

    name = f"bench-starts-{os.getpid()}"
    count = max(ALIVE) + BATCH
    extra = {
        "DRYDOCK_POOL": "linux=0",
        "DRYDOCK_MACHINES_MAX": str(count + 20),
        "DRYDOCK_SANDBOX_IDLE_MINUTES": "600",
        "DRYDOCK_LOG_LEVEL": "INFO",
    }
    platform = RunningPlatform(docker_url, name, extra=extra)
    results: list[Result] = []
    try:
        platform.start()
        students = sign_in(platform, count)
        log = platform.stack.layout.logs / "worker.log"
        start_batch(students[:1])  # warms the processes up
        with closing(docker.DockerClient(base_url=docker_url)) as client:
            for first in range(1, count, BATCH):
                seen = log.stat().st_size
                batch = students[first : first + BATCH]
                began = time.perf_counter()
                waits = start_batch(batch)
                rate = len(batch) / (time.perf_counter() - began)
                if first - 1 in ALIVE:
                    reference = engine_rate(client, f"{name}/linux:latest")
                    results += batch_results(first - 1, rate, waits, reference)
                    with log.open() as file:
                        file.seek(seen)
                        results += step_results(first - 1, file.read())
    finally:
        platform.stop()
        platform.remove_folder()
    return results


def start_batch(students: list[SignedInStudent]) -> list[float]:
    """Let students press *Start* at once; return how long each waits until it is ready."""
    with ThreadPoolExecutor(len(students)) as pool:
        return list(pool.map(start, students))


def start(student: SignedInStudent) -> float:
    """Return the seconds from the click until the sandbox is ready."""
    events = WebSocket(student.port, "/ws/events/", cookie=student.cookie, seconds=READY_SECONDS)
    began = time.perf_counter()
    sandbox: dict[str, Any] = student.request_sandbox()
    while sandbox["state"] != "ready":
        assert sandbox["state"] != "failed", sandbox["reason"]
        sandbox = next_event(events, "sandbox")
    events.close()
    return time.perf_counter() - began


def engine_rate(client: docker.DockerClient, image: str) -> float:
    """Return how many containers a second the engine starts by itself."""

    def run(number: int) -> Any:
        return client.containers.run(image, ["sleep", "60"], entrypoint="", detach=True)

    began = time.perf_counter()
    with ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        containers = list(pool.map(run, range(REFERENCE)))
        rate = REFERENCE / (time.perf_counter() - began)
        list(pool.map(lambda container: container.remove(force=True), containers))
    return rate


def batch_results(alive: int, rate: float, waits: list[float], engine: float) -> list[Result]:
    where = f"{alive} alive"
    p95 = sorted(waits)[round(0.95 * (len(waits) - 1))]
    note = f"{rate / engine:.2f} of what docker run does"
    return [
        Result(f"starts, {where}", rate, "/s", PER_SECOND, at_least=True, note=note),
        Result(f"docker run, {where}", engine, "/s"),
        Result(f"click to ready p50, {where}", statistics.median(waits) * 1000, "ms"),
        Result(f"click to ready p95, {where}", p95 * 1000, "ms"),
    ]


def step_results(alive: int, log: str) -> list[Result]:
    """Return the median of each step that workers have logged."""
    steps: dict[str, list[int]] = defaultdict(list)
    for line in STEPS.findall(log):
        for step, milliseconds in STEP.findall(line):
            steps[step.strip()].append(int(milliseconds))
    return [
        Result(f"  {step} p50, {alive} alive", statistics.median(values), "ms")
        for step, values in steps.items()
    ]
