"""Run the tasks about machines that need to know lessons, and hand down what lessons say.

Their names on the wire are those of sandboxes, which queues them by name and knows no lessons.
"""

from celery import shared_task

from curriculum.queries import count_machine_types
from curriculum.setup_scripts import setup_scripts_for
from sandboxes.models import Sandbox
from sandboxes.provisioning.provisioner import provision_sandbox
from sandboxes.provisioning.refill import refill_pool


@shared_task(name="sandboxes.provision")
def provision(sandbox_id: str) -> None:
    """Take a requested or starting sandbox as far as it goes now."""
    if sandbox := Sandbox.objects.filter(pk=sandbox_id).first():
        scripts = setup_scripts_for(sandbox.user_id, sandbox.lesson_key)
        provision_sandbox(sandbox, setup_scripts=scripts)


@shared_task(name="sandboxes.refill", soft_time_limit=60, time_limit=75)
def refill() -> None:
    """Start a pooled machine where one is lacking."""
    refill_pool(lesson_types=count_machine_types())
