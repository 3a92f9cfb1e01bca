"""Bound auto-checks.

A student gets one every few seconds, and so many are under way at once for all. What is too much is
refused and asked for again later, never queued up: submissions come first, and an auto-check that
is late is worth nothing. Counted in the cache that all web processes and workers share.
"""

import time

from django.conf import settings
from django.core.cache import cache

from accounts.models import User
from core.shared_cache import count
from core.task_queue import send_task
from curriculum.models import Exercise

# An auto-check that no worker has begun within so many seconds is dropped.
WORTH_SECONDS = 10
# One that was begun is ended after so many seconds.
LIMIT_SECONDS = 30
# However many ask, each asks again within so many seconds.
WAIT_MAX_SECONDS = 30


def wait_of(user: User) -> int:
    """Return the seconds until this student may have an auto-check.

    0 is now, and takes it.
    """
    seconds = settings.LIVE_CHECK_SECONDS
    return 0 if cache.add(f"auto_check:student:{user.pk}", 1, seconds) else seconds


def queue_auto_check(*, user: User, exercise: Exercise) -> int:
    """Queue an auto-check if there is room, and return 0; else the seconds to wait.

    Those who ask within one second are told different times, so that they don't come back together.
    """
    names = (f"auto_check:slot:{number}" for number in range(settings.LIVE_CHECKS_AT_ONCE))
    lifetime = WORTH_SECONDS + LIMIT_SECONDS
    slot = next((name for name in names if cache.add(name, 1, lifetime)), None)
    if slot is None:
        return min(WAIT_MAX_SECONDS, 1 + count(f"auto_check:refused:{int(time.time())}", 2))
    # The task's name is the one that it has had on the wire since version 0.1.
    sent = send_task(
        "grading.look", user.pk, exercise.pk, slot, queue="grading", expires=WORTH_SECONDS
    )
    if not sent:
        free_slot(slot)
        return WAIT_MAX_SECONDS
    return 0


def free_slot(slot: str) -> None:
    """Make room for another auto-check."""
    cache.delete(slot)
