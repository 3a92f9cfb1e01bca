"""How many looks there may be: one every few seconds for a student, and only so many under way at once for all. What is
too much is refused and asked for again later, never queued up: submissions come first, and a look that is late is worth
nothing. Counted in the cache that all web processes and workers share."""

import time

from django.conf import settings
from django.core.cache import cache

from accounts.models import User
from core.shared_cache import count
from core.task_queue import send_task
from curriculum.models import Exercise

# A look that no worker began within so many seconds is dropped; one that was begun is ended after so many.
WORTH_SECONDS = 10
LOOK_SECONDS = 30
# However many ask, each asks again within so many seconds.
WAIT_MAX_SECONDS = 30


def wait_of(user: User) -> int:
    """Seconds until this student may have a look; 0 is now, and takes it."""
    seconds = settings.LIVE_CHECK_SECONDS
    return 0 if cache.add(f"look:student:{user.pk}", 1, seconds) else seconds


def queue_look(*, user: User, exercise: Exercise) -> int:
    """Queue a look where there is room for one: 0. Otherwise the seconds after which to ask again; those who ask within
    one second are told different times, so that they don't come back together."""
    slot = _take_slot()
    if slot is None:
        return min(WAIT_MAX_SECONDS, 1 + count(f"look:refused:{int(time.time())}", 2))
    if not send_task("grading.look", user.pk, exercise.pk, slot, queue="grading", expires=WORTH_SECONDS):
        free(slot)
        return WAIT_MAX_SECONDS
    return 0


def free(slot: str) -> None:
    """Make room for another."""
    cache.delete(slot)


def _take_slot() -> str | None:
    names = (f"look:slot:{number}" for number in range(settings.LIVE_CHECKS_AT_ONCE))
    return next((name for name in names if cache.add(name, 1, WORTH_SECONDS + LOOK_SECONDS)), None)
