"""Decide whose submission is graded next: fair by student, not by arrival.

A message in the queue is a turn to grade something, and says not what. Nobody has two submissions
under way, and whoever was served longest ago comes first. Students whose last submission took long
share half of the places, and all but one place with those of whom nothing is known: so checks that
hang never keep everybody waiting.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.cache import cache
from django.db.models import F, Max, OuterRef, QuerySet, Subquery
from django.utils import timezone

from core.shared_cache import count
from core.task_queue import queue_task
from grading.models import Submission

TURN = "grading.grade"  # the task's name
SLOW_SECONDS = 5.0
SLOW, QUICK = "slow", "quick"
REMEMBERED_SECONDS = 180  # longer than a message waits to be delivered again
# Being served before that counts as not yet.
RECENT = timedelta(minutes=10)
# So many of those who wait are looked at for one turn.
LOOK_MAX = 200
OWED = "grading:owed-turns"
TRIES = 3

State = Submission.State


def queue_turn(submission_id: object) -> None:
    """Queue a turn to grade something, because this submission came, or waits again."""
    queue_task(TURN, str(submission_id), queue="grading")


def take_turn(turn: str, grade: Callable[[UUID], bool]) -> None:
    """Grade the next submission; `grade` returns whether it was still to be had.

    `turn` is the message's id, under which is remembered what it took. Where nobody may be served
    now a turn is owed, and given back by whoever ends one.
    """
    for may_owe in (True, False):
        candidates = next_submissions()
        for submission_id, user_id in candidates[:TRIES]:
            began = time.monotonic()
            cache.set(turn_key(turn), str(submission_id), REMEMBERED_SECONDS)
            try:
                graded = grade(submission_id)
            finally:
                remember_pace(user_id, time.monotonic() - began)
            if graded:
                give_back_turn()
                return
        if not candidates and may_owe and waiting_submissions().exists():
            # Somebody may have ended between the look and this: so there is another look.
            count(OWED, REMEMBERED_SECONDS)


def give_back_turn() -> None:
    """Queue a turn that somebody had to pass up."""
    try:
        owed = cache.decr(OWED) >= 0
    except ValueError:  # nothing was owed
        return
    waiting = waiting_submissions().order_by("created_at").values_list("pk", flat=True).first()
    if owed and waiting:
        queue_turn(waiting)
    else:
        cache.delete(OWED)


def waiting_submissions() -> QuerySet[Submission]:
    """Return the submissions that wait for a turn."""
    return Submission.objects.filter(state=State.QUEUED)


def next_submissions() -> list[tuple[UUID, int]]:
    """Return who may be served now, as (submission, user), in the order of their turns."""
    now = timezone.now()
    busy = list(collecting_submissions().values_list("user_id", "changed_at"))
    busy_users = [user_id for user_id, _ in busy]
    waiting = waiting_submissions().exclude(user__in=busy_users)
    waiting = waiting.annotate(served=Subquery(last_served(since=now - RECENT)))
    order = (F("served").asc(nulls_first=True), "created_at")
    rows = list(waiting.order_by(*order).values_list("pk", "user_id")[:LOOK_MAX])
    paces = paces_of([*busy_users, *(user_id for _, user_id in rows)])
    slow_since = now - timedelta(seconds=SLOW_SECONDS)
    hanging = sum(changed_at < slow_since for _, changed_at in busy)
    if hanging >= max(1, settings.GRADERS // 2):
        rows = [row for row in rows if paces[row[1]] != SLOW]
    unproven = sum(paces[user_id] != QUICK for user_id in busy_users)
    if unproven >= max(1, settings.GRADERS - 1):
        rows = [row for row in rows if paces[row[1]] == QUICK]
    return rows


def collecting_submissions() -> QuerySet[Submission]:
    """Return the submissions whose machines a worker looks at."""
    return Submission.objects.filter(state=State.COLLECTING, sandbox__isnull=False)


def last_served(*, since: datetime) -> QuerySet[Submission, Any]:
    """Return when the student of an outer row was served last, if that was after `since`."""
    closed = Submission.objects.filter(
        user=OuterRef("user"),
        state__in=(State.GRADED, State.NOT_GRADED),
        sandbox__isnull=False,
        changed_at__gte=since,
    )
    return closed.order_by().values("user").annotate(last=Max("changed_at")).values("last")


def remember_pace(user_id: int, seconds: float) -> None:
    """Remember for a while whether a student's last submission took long."""
    cache.set(pace_key(user_id), SLOW if seconds >= SLOW_SECONDS else QUICK, REMEMBERED_SECONDS)


def paces_of(user_ids: list[int]) -> dict[int, str]:
    """Return SLOW, QUICK, or "" where nothing is known, for each user."""
    known = cache.get_many([pace_key(user_id) for user_id in user_ids])
    return {user_id: known.get(pace_key(user_id), "") for user_id in user_ids}


def taken_in(turn: str) -> UUID | None:
    """Return the submission that a message took, which came before, if that is still known."""
    submission_id = cache.get(turn_key(turn))
    return UUID(submission_id) if submission_id else None


def turn_key(turn: str) -> str:
    return f"grading:turn:{turn}"


def pace_key(user_id: int) -> str:
    return f"grading:pace:{user_id}"
