"""Ask for sandboxes and drive them without Docker, Redis or a worker process."""

from datetime import timedelta
from typing import Any

import pytest
from celery import current_app
from django.contrib.auth.models import AbstractUser
from django.core.cache import cache
from django.utils import timezone

import curriculum.tasks  # noqa: F401  registers the tasks
import sandboxes.tasks  # noqa: F401  registers the tasks
from sandboxes import lifecycle, transitions
from sandboxes.engine.fake.machine import Killed
from sandboxes.maintenance import reconciler
from sandboxes.models import Host, Machine, Sandbox
from sandboxes.pool import claims

LESSON = "vms-and-containers/first"
MACHINES = [{"name": "box", "kind": "linux"}]
URL = "fake://tests"


def ask(user: Any, machines: Any = MACHINES, **options: Any) -> Sandbox:
    return lifecycle.request_sandbox(user=user, lesson_key=LESSON, machines=machines, **options)


def grow_old() -> None:
    """Let every row look as if nobody had touched it for a minute, and short notes be forgotten."""
    cache.delete(transitions.REFILL_QUEUED)
    long_ago = timezone.now() - timedelta(minutes=1)
    Sandbox.objects.update(changed_at=long_ago)
    Machine.objects.update(changed_at=long_ago)


def run_until_killed(worker: Any) -> None:
    with pytest.raises(Killed):
        worker.drain()
    worker.lose()


def recover(worker: Any) -> None:
    grow_old()
    reconciler.reconcile()
    worker.drain()


class Worker:
    """Holds queued tasks until a test lets them run; never two of a kind with the same arguments at
    once."""

    def __init__(self) -> None:
        self.queue: list[tuple[str, tuple[Any, ...]]] = []

    def take(self, name: str, args: tuple[Any, ...], **_: Any) -> None:
        if (name, args) not in self.queue:
            self.queue.append((name, args))

    def run(self, name: str) -> None:
        """Run the first queued task of a name."""
        task = next(task for task in self.queue if task[0] == name)
        self.queue.remove(task)
        current_app.tasks[name].run(*task[1])

    def drain(self, rounds: int = 100) -> None:
        """Run everything, and what that queues."""
        while self.queue:
            rounds -= 1
            assert rounds, f"no end to {self.queue[:5]}"
            self.run(self.queue[0][0])

    def lose(self) -> None:
        """The broker died with everything that was queued."""
        self.queue.clear()


def make_ready(
    user: AbstractUser, worker: Worker, lesson_key: str = LESSON, **options: Any
) -> Sandbox:
    sandbox = lifecycle.request_sandbox(
        user=user, lesson_key=lesson_key, machines=MACHINES, **options
    )
    worker.drain()
    sandbox.refresh_from_db()
    assert sandbox.state == Sandbox.State.READY
    return sandbox


def machine_of(sandbox: Sandbox) -> Machine:
    return sandbox.machines.exclude(state__in=(Machine.State.REMOVING, Machine.State.GONE)).get()


def learn_images() -> None:
    """What the first refill does: ask the host for its images."""
    for host in Host.objects.all():
        claims.refresh_images(host, ["linux"])
