"""Measure the learner's pages against an empty Django view.

    python bench/pages.py [--json] [--rounds 200] [--students 1000]

Server time and queries with 20 lessons and 1,000 students. Everything runs in this process over
Django's ASGI handler, with the production middleware and SQLite in a scratch folder; lessons are
copies of the real one. The three kinds of request take turns, each time as another student, so
that a busy moment of the host hits all of them. What is printed are medians, and their ratio to
the empty view.
"""

import argparse
import asyncio
import io
import json
import statistics
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path[0] = str(Path(__file__).resolve().parents[1])

from bench.stack import scratch_installation  # noqa: E402

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from accounts.models import User
    from curriculum.models import Lesson

LESSONS = 20
CLIENTS = 20  # students whose sessions take turns
MILLISECONDS_MAX = 25.0
QUERIES_MAX = 6
EMPTY = "/bench-empty/"


@dataclass(frozen=True)
class Result:
    """Report one page.

    Median server time in milliseconds, how often the empty view's that is, queries, and the bytes.
    """

    page: str
    milliseconds: float
    p95: float
    ratio: float
    queries: int
    size: int

    @property
    def met(self) -> bool:
        return self.milliseconds <= MILLISECONDS_MAX and self.queries <= QUERIES_MAX


# --- What is there -------------------------------------------------------------------------------


def add_empty_view() -> None:
    """Route EMPTY to a view that does nothing."""
    from django.http import HttpResponse
    from django.urls import path

    from config import urls

    def empty(_request: "HttpRequest") -> "HttpResponse":
        return HttpResponse()

    urls.urlpatterns.insert(0, path(EMPTY.strip("/") + "/", empty))


def fill(students: int) -> tuple[list["User"], "Lesson"]:
    """Load the real lessons, copy one until there are LESSONS, and give students progress.

    Returns the students, and the lesson with most exercises.
    """
    from django.core.management import call_command

    from curriculum.models import Lesson

    call_command("load_lessons", verbosity=0, stdout=io.StringIO())
    model = max(
        Lesson.objects.select_related("course"), key=lambda lesson: lesson.exercises.count()
    )
    for number in range(LESSONS - Lesson.objects.count()):
        copy_lesson(model, number)
    return add_progress(students), model


def copy_lesson(model: "Lesson", number: int) -> None:
    """Copy a lesson, with the same text and exercises."""
    from curriculum.models import Exercise, Lesson

    exercises = list(model.exercises.all())
    fields = {
        name: getattr(model, name)
        for name in ("course", "title", "summary", "minutes", "machines", "blocks")
    }
    lesson = Lesson.objects.create(
        slug=f"copy-{number}", position=100 + number, version="1", source="", **fields
    )
    for exercise in exercises:
        exercise.pk, exercise.lesson = None, lesson
    Exercise.objects.bulk_create(exercises)


def add_progress(count: int) -> list["User"]:
    """Create students who each have tried every second exercise.

    They have submissions to show for it.
    """
    from django.utils import timezone

    from accounts.models import User
    from curriculum.models import Exercise
    from grading.models import Score, Submission

    users = User.objects.bulk_create(
        [User(username=f"bench-{number}", password="!") for number in range(count)]
    )
    now, exercises = timezone.now(), list(Exercise.objects.all())
    tried = [
        (user, exercise) for user in users for exercise in exercises if (user.pk + exercise.pk) % 2
    ]
    Score.objects.bulk_create(
        [
            Score(user=user, exercise=exercise, best=exercise.points, attempts=1, passed_at=now)
            for user, exercise in tried
        ],
        batch_size=2000,
    )
    done = {
        "number": 1,
        "state": "graded",
        "passed": True,
        "changed_at": now,
        "exercise_version": "1",
    }
    Submission.objects.bulk_create(
        [
            Submission(
                user=user, exercise=exercise, score=exercise.points, points=exercise.points, **done
            )
            for user, exercise in tried
        ],
        batch_size=2000,
    )
    return users


# --- Measuring -----------------------------------------------------------------------------------


async def take_turns(cookies: list[str], paths: list[str], rounds: int) -> dict[str, list[float]]:
    """Return milliseconds of each request, by path.

    The first round is not counted: it fills caches.
    """
    from django.test import AsyncClient

    clients = [AsyncClient() for _ in cookies]
    for client, cookie in zip(clients, cookies, strict=True):
        client.cookies["drydock_session"] = cookie
    times: dict[str, list[float]] = {path: [] for path in paths}
    for number in range(rounds + CLIENTS):
        for path in paths:
            start = time.perf_counter()
            response = await clients[number % len(clients)].get(path)
            elapsed = (time.perf_counter() - start) * 1000
            assert response.status_code == 200, f"{path} answered {response.status_code}"
            if number >= CLIENTS:
                times[path].append(elapsed)
    return times


def count(cookie: str, path: str) -> tuple[int, int]:
    """Return queries and bytes of one request."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client()
    client.cookies["drydock_session"] = cookie
    with CaptureQueriesContext(connection) as queries:
        response = client.get(path)
    return len(queries), len(response.content)


def sign_in(user: "User") -> str:
    """Return the session cookie of a student."""
    from django.test import Client

    client = Client()
    client.force_login(user)
    return client.cookies["drydock_session"].value


def measure(rounds: int, students: int) -> list[Result]:
    """Build everything and measure it."""
    from django.conf import settings
    from django.core.management import call_command

    settings.ALLOWED_HOSTS.append("testserver")
    call_command("collectstatic", interactive=False, verbosity=0)
    add_empty_view()
    users, lesson = fill(students)
    cookies = [sign_in(user) for user in users[:: max(1, len(users) // CLIENTS)][:CLIENTS]]
    names = {
        EMPTY: "empty view",
        "/": "catalogue",
        f"/courses/{lesson.course.slug}/{lesson.slug}/": "lesson",
    }
    times = asyncio.run(take_turns(cookies, list(names), rounds))
    empty = statistics.median(times[EMPTY])
    return [
        result(names[path], those, empty, *count(cookies[0], path)) for path, those in times.items()
    ]


def result(name: str, times: list[float], empty: float, queries: int, size: int) -> Result:
    median = statistics.median(times)
    p95 = sorted(times)[int(len(times) * 0.95)]
    return Result(name, round(median, 2), round(p95, 2), round(median / empty, 2), queries, size)


def report(results: list[Result]) -> str:
    lines = [
        f"{'page':12} {'median ms':>10} {'p95 ms':>8} {'ratio':>7} {'queries':>8} {'bytes':>8}"
    ]
    for result in results:
        verdict = (
            ""
            if result.met
            else f"   MISSED: at most {MILLISECONDS_MAX:.0f} ms and {QUERIES_MAX} queries"
        )
        times = f"{result.milliseconds:10.2f} {result.p95:8.2f} {result.ratio:7.2f}"
        counts = f"{result.queries:8} {result.size:8}"
        lines.append(f"{result.page:12} {times} {counts}{verdict}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--students", type=int, default=1000)
    options = parser.parse_args()
    with scratch_installation():
        results = measure(options.rounds, options.students)
    entries: list[dict[str, Any]] = [asdict(result) | {"met": result.met} for result in results]
    print(json.dumps(entries, indent=2) if options.json else report(results))
    sys.exit(0 if all(result.met for result in results) else 1)


if __name__ == "__main__":
    main()
