"""From *Check* to the result on the page, and how many of them in a second, with one worker process and with two.

    DOCKER_HOST=unix:///… PYTHONPATH=platform:. python bench/grading.py [--json] [--rounds N] [--students N]

It starts the platform on the engine, once for each number of workers. A click is the POST that the page sends; the
result is there when the event websocket brings it. Two exercises of the lessons are checked as solved: one with file
checks alone, one whose commands run in a copy of the machine. Throughput is that of students who all click again as
soon as they have a result. The reference, in turns in the same run, is what a naive grader would do: one script in the
student's machine by `docker exec`, which any student can fool.
"""

import argparse
import json
import os
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import docker

# Run as a script, this file's folder comes first on the path, where its names would hide others.
sys.path[0] = str(Path(__file__).resolve().parents[1])

from bench.claim import MAKE_USERS, PASSWORD, tidy  # noqa: E402
from bench.report import Result, show  # noqa: E402
from bench.wire import Wire  # noqa: E402
from tests.live import LESSON, LiveStudent  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]
EXERCISES = {
    "files": ("read-your-limits", "cat /root/memory-limit /root/process-limit /root/kernel"),
    "commands": ("who-is", "/root/who-is 1; /root/who-is 99999 || true"),
}
THROUGHPUT_SECONDS = 10.0
SETTLE_SECONDS = 3.0
CLICK_P95_MS = 1200.0
FILES_PER_SECOND = 8.0


class Seat:
    """A student with a ready machine in which both exercises are solved, and an open page."""

    def __init__(self, base_url: str, name: str, client: docker.DockerClient) -> None:
        self.student = LiveStudent(base_url, name, PASSWORD)
        self.sandbox = self.student.ready_sandbox()
        self.open_page()
        label = f"drydock.machine={self.sandbox['machines'][0]['id']}"
        [self.container] = client.containers.list(filters={"label": label})
        for exercise, _ in EXERCISES.values():
            [script] = ROOT.glob(f"lessons/{LESSON.split('/')[0]}/*/exercises/{exercise}/solution.sh")
            self.container.exec_run(["sh", "-c", script.read_text()])

    def open_page(self) -> None:
        """Listen for results. Anew before each measurement: nobody answers the server's pings in between."""
        self.events = Wire(self.student.port, "/ws/events/", cookie=self.student.cookie, seconds=60)

    def click(self, exercise: str) -> float:
        """Seconds from the click to the result."""
        began = time.perf_counter()
        answer = self.student.call("POST", f"/exercises/{LESSON}/{exercise}/submissions")
        assert answer.status_code in (200, 201, 202), answer.text
        wanted, state = answer.json()["id"], ""
        while state not in ("graded", "not_graded"):
            event = json.loads(self.events.receive()[1])
            mine = event["type"] == "submission" and event["submission"]["id"] == wanted
            state = event["submission"]["state"] if mine else state
        taken = time.perf_counter() - began
        assert event["submission"]["passed"], event["submission"]
        return taken

    def exec(self, script: str) -> float:
        """Seconds for one script by `docker exec`."""
        began = time.perf_counter()
        assert self.container.exec_run(["sh", "-c", script]).exit_code == 0
        return time.perf_counter() - began

    def leave(self) -> None:
        self.events.close()
        self.student.end_sandbox(self.sandbox["id"])


def rate(actions: list[Callable[[], Any]]) -> float:
    """How many a second there are when each of these is done over and over, side by side."""
    done, faults = [0] * len(actions), list[BaseException]()
    end = time.perf_counter() + THROUGHPUT_SECONDS

    def work(number: int) -> None:
        try:
            while time.perf_counter() < end:
                actions[number]()
                done[number] += 1
        except BaseException as fault:  # noqa: BLE001  raised again in the thread that waits
            faults.append(fault)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(len(actions))]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]
    return sum(done) / (time.perf_counter() - began)


def measure_platform(docker_url: str, *, workers: int, rounds: int, students: int) -> list[Result]:
    """The platform with this many worker processes."""
    with running_platform(docker_url, workers, students) as base_url, ExitStack() as stack:
        client = stack.enter_context(closing(docker.DockerClient(base_url=docker_url, max_pool_size=students + 2)))
        seats = [Seat(base_url, f"bench{number}", client) for number in range(students)]
        for seat in seats:
            stack.callback(seat.leave)
        time.sleep(SETTLE_SECONDS)
        return [line for kind in EXERCISES for line in measure_kind(kind, seats, workers, rounds)]


def measure_kind(kind: str, seats: list[Seat], workers: int, rounds: int) -> list[Result]:
    exercise, script = EXERCISES[kind]
    clicks: list[float] = []
    naive: list[float] = []
    seats[0].open_page()
    seats[0].click(exercise)  # warms the worker up
    for _ in range(rounds):
        clicks.append(seats[0].click(exercise))
        naive.append(seats[0].exec(script))
    for seat in seats:
        seat.open_page()
    graded = rate([lambda seat=seat: seat.click(exercise) for seat in seats])  # type: ignore[misc]  # default argument
    run = rate([lambda seat=seat: seat.exec(script) for seat in seats])  # type: ignore[misc]  # default argument
    where = f"{kind}, {workers} worker{'s' if workers > 1 else ''}"
    ratio = statistics.median(clicks) / statistics.median(naive)
    cores, target = os.cpu_count() or 1, FILES_PER_SECOND if kind == "files" and workers > 1 else None
    return [
        Result(f"click to result p50, {where}", statistics.median(clicks) * 1000, "ms", note=f"{ratio:.1f} x exec"),
        Result(f"click to result p95, {where}", p95(clicks) * 1000, "ms", CLICK_P95_MS if workers == 1 else None),
        Result(f"docker exec p50, {where}", statistics.median(naive) * 1000, "ms"),
        Result(f"submissions, {where}", graded, "/s", target, at_least=True, note=f"{cores} cores"),
        Result(f"docker exec, {where}", run, "/s", note=f"submissions at {graded / run:.2f} of its rate"),
    ]


def p95(seconds: list[float]) -> float:
    ranked = sorted(seconds)
    return ranked[round(0.95 * (len(ranked) - 1))]


@contextmanager
def running_platform(docker_url: str, workers: int, students: int) -> Iterator[str]:
    """Its address. A page may click as often as it likes, and every student finds a warm machine."""
    from tests.running import RunningPlatform

    name = f"bench-grading-{os.getpid()}-{workers}"
    limits = {f"DRYDOCK_API_{what}_PER_MINUTE": "1000000" for what in ("READS", "CHANGES")}
    extra = {"DRYDOCK_POOL": f"linux={students}", "DRYDOCK_WORKERS": str(workers), **limits}
    platform = RunningPlatform(docker_url, name, extra=extra)
    try:
        platform.start()
        platform.manage("shell", "-v0", "-c", MAKE_USERS % (PASSWORD, students))
        yield platform.base_url
    finally:
        platform.stop()
        platform.remove_folder()
        with closing(docker.DockerClient(base_url=docker_url)) as client:
            tidy(client, name)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print a JSON list instead of lines")
    parser.add_argument("--rounds", type=int, default=30, help="clicks one after the other")
    parser.add_argument("--students", type=int, default=4, help="how many click at once")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2], help="worker processes to measure with")
    options = parser.parse_args()
    docker_url = os.environ.get("DOCKER_HOST", "")
    results = [
        line
        for workers in options.workers
        for line in measure_platform(docker_url, workers=workers, rounds=options.rounds, students=options.students)
    ]
    if options.json:
        print(json.dumps([{**asdict(line), "met": line.met} for line in results], indent=2))
    else:
        print(f"load {os.getloadavg()[0]:.1f}")
        show(results)


if __name__ == "__main__":
    main()
