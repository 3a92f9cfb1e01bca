"""Queue Celery tasks by name, and outlive a broker that is away.

Nothing queues a task by importing it: a page need not load what its workers run.
"""

import logging
from collections.abc import Sequence
from typing import Any

import redis.exceptions
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def queue_task(
    name: str, *args: Any, queue: str | None = None, expires: float | None = None
) -> None:
    """Queue a task once the transaction is committed, or at once outside of one.

    When the broker is away the task is lost, and logged: the rows say what is to be done, and the
    reconciling task of the same app picks it up. `queue` is a worker's queue, the default one
    unless it is named; a task that no worker has begun within `expires` seconds is dropped.
    """

    def send() -> None:
        send_task(name, *args, queue=queue, expires=expires)

    transaction.on_commit(send)


def send_task(
    name: str, *args: Any, queue: str | None = None, expires: float | None = None
) -> bool:
    """Send a task here and now, and return whether the broker took it."""
    try:
        hand_to_broker(name, args, queue=queue, expires=expires)
    except (OperationalError, redis.exceptions.RedisError, OSError) as error:
        logger.warning("task %s%r was not queued: %s", name, args, error)
        return False
    return True


def hand_to_broker(
    name: str, args: Sequence[Any], *, queue: str | None, expires: float | None
) -> None:
    """Publish a task's message. Tests put themselves in this place."""
    options: dict[str, Any] = {"queue": queue, "expires": expires}
    named = {option: value for option, value in options.items() if value is not None}
    current_app.signature(name, args=tuple(args)).apply_async(**named)
