"""A student leaves: machines go at once, and nothing of their home folders and of their images is kept."""

from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.db.models.signals import pre_delete
from django.dispatch import receiver

from core.task_queue import queue_task
from sandboxes.homes import forget_user
from sandboxes.lifecycle import retire_machines
from sandboxes.models import Sandbox


@receiver(pre_delete, sender=settings.AUTH_USER_MODEL)
def before_user_goes(instance: AbstractUser, **_: Any) -> None:
    """In the transaction that deletes the user; the rows themselves go by cascade."""
    for sandbox in Sandbox.objects.filter(user_id=instance.pk):
        retire_machines(sandbox)
    number = instance.pk  # which the object loses when its row goes
    transaction.on_commit(lambda: forget_user(number))
    queue_task("sandboxes.clean_registries")  # which looks for names that are no user's
