"""Let a student leave: machines go at once, and nothing of their homes and images is kept."""

from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.db.models.signals import pre_delete
from django.dispatch import receiver

from core.task_queue import queue_task
from sandboxes.homes import forget_user
from sandboxes.models import Sandbox
from sandboxes.transitions import retire_machines


@receiver(pre_delete, sender=settings.AUTH_USER_MODEL)
def before_user_deletion(instance: AbstractUser, **_: Any) -> None:
    """Retire a user's machines in the transaction that deletes them.

    The rows themselves go by cascade.
    """
    for sandbox in Sandbox.objects.filter(user_id=instance.pk):
        retire_machines(sandbox)
    user_id = instance.pk  # which the object loses when its row goes
    transaction.on_commit(lambda: forget_user(user_id))
    queue_task("sandboxes.clean_registries")  # which looks for names that are no user's
