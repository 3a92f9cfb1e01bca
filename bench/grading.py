"""Measure from *Check* to the result on the page, and how many of them in a second.

    DOCKER_HOST=unix:///… PYTHONPATH=platform:. \\
        python bench/grading.py [--json] [--rounds N] [--students N]

It starts the platform on the engine, once with one worker process and once with two. A click is
the POST that the page sends; the result is there when the event websocket brings it. Exercises of
the lessons are checked as solved: one with file checks alone, one whose commands run in a copy of
the machine, one about a container and an image. Throughput is that of students who all click again
as soon as they have a result. The reference, in turns in the same run, is what a naive grader
would do: one script in the student's machine by `docker exec`, which any student can fool.
"""

import argparse
import json
import os
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import docker

# Run as a script, this file's folder comes first on the path, where its names would hide others.
sys.path[0] = str(Path(__file__).resolve().parents[1])

from bench.claim import MAKE_USERS, PASSWORD, tidy  # noqa: E402
from bench.report import Result, show  # noqa: E402
from tests.support.clients.api import LESSON, LiveStudent  # noqa: E402
from tests.support.clients.websocket import WebSocket  # noqa: E402
from tests.support.waiting import wait_for  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]
DOCKER_LESSON = "vms-and-containers/images-and-containers"
# By kind: the lesson, its exercise, and what a naive grader would run.
EXERCISES = {
    "files": (
        LESSON,
        "read-your-limits",
        "cat /root/memory-limit /root/process-limit /root/kernel",
    ),
    "commands": (LESSON, "who-is", "/root/who-is 1; /root/who-is 99999 || true"),
    "containers": (
        DOCKER_LESSON,
        "a-postcard",
        "docker image inspect postcard:1 && docker inspect sent",
    ),
}
THROUGHPUT_SECONDS = 10.0
SETTLE_SECONDS = 3.0
CLICK_P95_MS = 1200.0
PER_SECOND = 8.0  # of what needs no copy of the machine


class GradedStudent:
    """Act as a student with an open page and ready, solved machines.

    In them these kinds' exercises are solved.
    """

    def __init__(
        self, base_url: str, name: str, client: docker.DockerClient, kinds: Sequence[str]
    ) -> None:
        self.student = LiveStudent(base_url, name, PASSWORD)
        lessons = {EXERCISES[kind][0] for kind in kinds}
        self.sandboxes = {
            lesson: self.student.ready_sandbox(lesson, seconds=180) for lesson in lessons
        }
        self.containers = {
            lesson: find_machine(client, sandbox) for lesson, sandbox in self.sandboxes.items()
        }
        self.open_page()
        for lesson, exercise, _ in (EXERCISES[kind] for kind in kinds):
            [script] = ROOT.glob(
                f"lessons/{lesson.split('/')[0]}/*/exercises/{exercise}/solution.sh"
            )
            self.containers[lesson].exec_run(["sh", "-c", script.read_text()])

    def open_page(self) -> None:
        """Listen for results.

        Anew before each measurement: nobody answers the server's pings in between.
        """
        self.events = WebSocket(
            self.student.port, "/ws/events/", cookie=self.student.cookie, seconds=60
        )

    def click(self, kind: str) -> float:
        """Return seconds from the click to the result."""
        lesson, exercise, _ = EXERCISES[kind]
        began = time.perf_counter()
        response = self.student.call("POST", f"/exercises/{lesson}/{exercise}/submissions")
        assert response.status_code in (200, 201, 202), response.text
        submission_id, state = response.json()["id"], ""
        while state not in ("graded", "not_graded"):
            event = json.loads(self.events.receive()[1])
            own = event["type"] == "submission" and event["submission"]["id"] == submission_id
            state = event["submission"]["state"] if own else state
        taken = time.perf_counter() - began
        assert event["submission"]["passed"], event["submission"]
        return taken

    def exec(self, kind: str) -> float:
        """Return seconds for one script by `docker exec`."""
        lesson, _, script = EXERCISES[kind]
        began = time.perf_counter()
        assert self.containers[lesson].exec_run(["sh", "-c", script]).exit_code == 0
        return time.perf_counter() - began

    def leave(self) -> None:
        self.events.close()
        for sandbox in self.sandboxes.values():
            self.student.end_sandbox(sandbox["id"])


def find_machine(client: docker.DockerClient, sandbox: dict[str, Any]) -> Any:
    """Return the container of a sandbox's first machine."""
    [container] = client.containers.list(
        filters={"label": f"drydock.machine={sandbox['machines'][0]['id']}"}
    )
    return container


def rate(actions: list[Callable[[], Any]]) -> float:
    """Return how many a second there are when each action is done over and over.

    They are done side by side.
    """
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


def measure_platform(
    docker_url: str, *, workers: int, rounds: int, students: int, kinds: Sequence[str]
) -> list[Result]:
    """Measure the platform with this many worker processes."""
    with running_platform(docker_url, workers, students, kinds) as base_url, ExitStack() as stack:
        client = stack.enter_context(
            closing(docker.DockerClient(base_url=docker_url, max_pool_size=students + 2))
        )
        students_at_work = [
            GradedStudent(base_url, f"bench{number}", client, kinds) for number in range(students)
        ]
        for student in students_at_work:
            stack.callback(student.leave)
        time.sleep(SETTLE_SECONDS)
        return [
            line for kind in kinds for line in measure_kind(kind, students_at_work, workers, rounds)
        ]


def measure_kind(
    kind: str, students: list[GradedStudent], workers: int, rounds: int
) -> list[Result]:
    clicks: list[float] = []
    naive: list[float] = []
    students[0].open_page()
    students[0].click(kind)  # warms the worker up
    for _ in range(rounds):
        clicks.append(students[0].click(kind))
        naive.append(students[0].exec(kind))
    for student in students:
        student.open_page()
    graded = rate([partial(student.click, kind) for student in students])
    run = rate([partial(student.exec, kind) for student in students])
    where = f"{kind}, {workers} worker{'s' if workers > 1 else ''}"
    ratio = statistics.median(clicks) / statistics.median(naive)
    cores, target = os.cpu_count() or 1, PER_SECOND if kind != "commands" and workers > 1 else None
    return [
        Result(
            f"click to result p50, {where}",
            statistics.median(clicks) * 1000,
            "ms",
            note=f"{ratio:.1f} x exec",
        ),
        Result(
            f"click to result p95, {where}",
            p95(clicks) * 1000,
            "ms",
            CLICK_P95_MS if workers == 1 else None,
        ),
        Result(f"docker exec p50, {where}", statistics.median(naive) * 1000, "ms"),
        Result(f"submissions, {where}", graded, "/s", target, at_least=True, note=f"{cores} cores"),
        Result(
            f"docker exec, {where}",
            run,
            "/s",
            note=f"submissions at {graded / run:.2f} of its rate",
        ),
    ]


def p95(seconds: list[float]) -> float:
    ranked = sorted(seconds)
    return ranked[round(0.95 * (len(ranked) - 1))]


@contextmanager
def running_platform(
    docker_url: str, workers: int, students: int, kinds: Sequence[str]
) -> Iterator[str]:
    """Run a platform; yield its address.

    A page may click as often as it likes, and every student finds a pooled machine.
    """
    from tests.support.running_platform import RunningPlatform

    name = f"bench-grading-{os.getpid()}-{workers}"
    limits = {f"DRYDOCK_API_{what}_PER_MINUTE": "1000000" for what in ("READS", "CHANGES")}
    pool = f"linux={students}" + (f";docker={students}" if "containers" in kinds else "")
    extra = {"DRYDOCK_POOL": pool, "DRYDOCK_WORKERS": str(workers), **limits}
    platform = RunningPlatform(docker_url, name, extra=extra)
    try:
        platform.start()
        platform.manage("shell", "-v0", "-c", MAKE_USERS % (PASSWORD, students))
        wait_for_pool(docker_url, name, students if "containers" in kinds else 0)
        yield platform.base_url
    finally:
        platform.stop()
        platform.remove_folder()
        with closing(docker.DockerClient(base_url=docker_url)) as client:
            tidy(client, name)


def wait_for_pool(docker_url: str, name: str, count: int) -> None:
    """Wait until so many `docker` machines are pooled.

    Their image is brought in while the platform serves already.
    """
    labels = [f"drydock.installation={name}", "drydock.kind=docker"]
    with closing(docker.DockerClient(base_url=docker_url)) as client:
        wait_for(
            lambda: len(client.containers.list(filters={"label": labels})) >= count,
            "a full pool",
            300,
        )
    time.sleep(SETTLE_SECONDS)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print a JSON list instead of lines")
    parser.add_argument("--rounds", type=int, default=30, help="clicks one after the other")
    parser.add_argument("--students", type=int, default=4, help="how many click at once")
    parser.add_argument(
        "--workers", type=int, nargs="+", default=[1, 2], help="worker processes to measure with"
    )
    parser.add_argument(
        "--kinds", nargs="+", choices=list(EXERCISES), default=list(EXERCISES), help="what to check"
    )
    options = parser.parse_args()
    docker_url = os.environ.get("DOCKER_HOST", "")
    results = [
        line
        for workers in options.workers
        for line in measure_platform(
            docker_url,
            workers=workers,
            rounds=options.rounds,
            students=options.students,
            kinds=options.kinds,
        )
    ]
    if options.json:
        print(json.dumps([{**asdict(line), "met": line.met} for line in results], indent=2))
    else:
        print(f"load {os.getloadavg()[0]:.1f}")
        show(results)


if __name__ == "__main__":
    main()
