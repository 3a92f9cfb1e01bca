"""Queue work of accounts."""

from celery import shared_task
from django.core.management import call_command


@shared_task(name="accounts.forget_sessions")
def forget_sessions() -> None:
    """Delete sessions that have run out."""
    call_command("clearsessions", verbosity=0)
