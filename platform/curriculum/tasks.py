"""Run the tasks about machines that need to know lessons, and hand down what lessons say.

Their names on the wire are those of sandboxes, which queues them by name and knows no lessons.
"""

from celery import shared_task
from django.core.cache import cache

from curriculum.queries import count_machine_types
from curriculum.setup_scripts import setup_scripts_for
from sandboxes.models import Sandbox
from sandboxes.provisioning.provisioner import provision_sandbox
from sandboxes.provisioning.refill import refill_pool
from sandboxes.transitions import REFILL_QUEUED


@shared_task(name="sandboxes.provision")
def provision(sandbox_id: str) -> None:
    """Take a requested or starting sandbox as far as it goes now."""
    if sandbox := Sandbox.objects.filter(pk=sandbox_id).first():
        scripts = setup_scripts_for(sandbox.user_id, sandbox.lesson_key)
        provision_sandbox(sandbox, setup_scripts=scripts)


@shared_task(name="sandboxes.provision_waiting")
def provision_waiting(sandbox_id: str) -> None:
    """Let a sandbox at the front of the queue try; whoever starts it already goes on alone."""
    if Sandbox.objects.filter(pk=sandbox_id, state=Sandbox.State.REQUESTED).exists():
        provision(sandbox_id)


@shared_task(name="sandboxes.refill", soft_time_limit=60, time_limit=75)
def refill() -> None:
    """Start a pooled machine where one is lacking."""
    cache.delete(REFILL_QUEUED)
    refill_pool(lesson_types=count_machine_types())
