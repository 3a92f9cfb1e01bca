"""Queues Celery tasks on commit, by name, and outlives a dead broker."""

import logging
from typing import Any

import redis.exceptions
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def queue_task(name: str, *args: Any) -> None:
    """Queue a task once the transaction has been committed. When the broker is away the task is lost, and logged: the
    rows say what is to be done, and the reconciling task of the same app picks it up."""
    transaction.on_commit(lambda: _send(name, args))


def _send(name: str, args: tuple[Any, ...]) -> None:
    try:
        current_app.signature(name, args=args).delay()
    except (OperationalError, redis.exceptions.RedisError, OSError) as error:
        logger.warning("task %s%r was not queued: %s", name, args, error)
