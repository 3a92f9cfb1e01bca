"""Run the API's tasks in Celery."""

from celery import shared_task

from api.idempotency import forget_old_keys


@shared_task(name="learn.forget_keys")
def forget_keys() -> None:
    """Drop idempotency keys that nobody can use any more."""
    forget_old_keys()
