"""No machine starts on a host that has nothing left for it, and nobody asks without a pause."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from curriculum import tasks as curriculum_tasks
from sandboxes.engine.facts import Resource
from sandboxes.engine.fake.engine import FakeEngine
from sandboxes.errors import EngineError, NoRoom
from sandboxes.maintenance import reconciler
from sandboxes.models import Host, Machine, Sandbox
from sandboxes.pool import capacity
from sandboxes.pool.capacity import REST_MAX_SECONDS, note_refusal
from sandboxes.queries import queue_place
from tests.support.factories import UserFactory
from tests.support.sandboxes import ask, make_ready

NAMES = ["memory", "disk", "open files", "terminals", "kernel keys", "processes"]
KEYS_USED_UP = "unable to create session key: disk quota exceeded"


def creations(fake: FakeEngine) -> int:
    return sum(name == "create_machine" for name, _ in fake.calls)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_starts_while_a_resource_is_short(
    fake: FakeEngine, student: Any, worker: Any, name: str
) -> None:
    fake.resources_left = [Resource(name, 9, 100)]
    reconciler.reconcile()
    sandbox = ask(student)
    worker.drain()
    sandbox.refresh_from_db()
    assert (sandbox.state, fake.machines) == (Sandbox.State.REQUESTED, {})
    assert queue_place(sandbox).full
    fake.resources_left = [Resource(name, 11, 100)]
    reconciler.reconcile()
    worker.drain()
    sandbox.refresh_from_db()
    assert sandbox.state == Sandbox.State.READY


def test_pool_is_not_filled_while_a_resource_is_short(
    fake: FakeEngine, worker: Any, settings: Any
) -> None:
    settings.POOL = {"linux": 2}
    fake.resources_left = [Resource("disk", 5, 100, "bytes")]
    reconciler.reconcile()
    worker.drain()
    assert fake.machines == {}


def test_machines_that_are_there_go_on_while_a_resource_is_short(
    ready: Sandbox, fake: FakeEngine, worker: Any
) -> None:
    fake.resources_left = [Resource("kernel keys", 0, 200)]
    reconciler.reconcile()
    worker.drain()
    ready.refresh_from_db()
    assert (ready.state, len(fake.machines)) == (Sandbox.State.READY, 1)


def test_pooled_machine_is_claimed_though_a_resource_is_short(
    fake: FakeEngine, fill_pool: Any, student: Any
) -> None:
    fill_pool(1)
    fake.resources_left = [Resource("memory", 1, 100)]
    reconciler.reconcile()
    assert ask(student).state == Sandbox.State.READY


def test_what_is_kept_free_is_a_setting(
    fake: FakeEngine, student: Any, worker: Any, settings: Any
) -> None:
    settings.HOST_RESERVE_PERCENT = 5
    fake.resources_left = [Resource("disk", 9, 100)]
    reconciler.reconcile()
    make_ready(student, worker)


def test_refusing_engine_is_asked_once_and_then_left_alone(
    fake: FakeEngine, worker: Any, settings: Any, monkeypatch: Any
) -> None:
    """The kernel's keys were used up; 24,000 lines of log were the answer."""
    monkeypatch.setattr(capacity, "REST_SECONDS", 60.0)
    settings.POOL = {"linux": 3}
    fake.fail("start_machine", NoRoom(KEYS_USED_UP), times=1000)
    students = [UserFactory() for _ in range(4)]
    for student in students:
        ask(student)
    curriculum_tasks.refill()
    worker.drain()
    for _ in range(5):
        reconciler.reconcile()
        worker.drain()
    assert creations(fake) <= settings.START_CONCURRENCY
    assert {sandbox.state for sandbox in Sandbox.objects.all()} == {Sandbox.State.REQUESTED}


def test_each_refusal_in_a_row_is_followed_by_a_longer_rest(fake: FakeEngine) -> None:
    rests = []
    for _ in range(12):
        host = Host.objects.get()
        note_refusal(host, KEYS_USED_UP)
        host.refresh_from_db()
        assert host.rests_until
        rests.append((host.rests_until - timezone.now()).total_seconds())
    assert rests[0] < rests[2] < rests[4] < rests[6]
    assert rests[-1] <= REST_MAX_SECONDS * 1.2


def test_type_whose_machines_never_come_up_is_tried_less_and_less(
    fake: FakeEngine, worker: Any, settings: Any
) -> None:
    settings.POOL = {"linux": 2}
    fake.fail("wait_for_shell", EngineError("no shell"), times=1000)
    counts = []
    for _ in range(6):
        for _ in range(3):
            reconciler.reconcile()
            worker.drain()
        counts.append(creations(fake))
        Machine.objects.update(changed_at=timezone.now() - timedelta(seconds=9))
    assert counts[0] <= 3
    assert counts[-1] == counts[-2] <= 6


def test_type_is_tried_again_after_its_pause(fake: FakeEngine, worker: Any, settings: Any) -> None:
    settings.POOL = {"linux": 1}
    fake.fail("wait_for_shell", EngineError("no shell"), times=2)
    reconciler.reconcile()
    worker.drain()
    Machine.objects.update(changed_at=timezone.now() - timedelta(minutes=6))
    reconciler.reconcile()
    worker.drain()
    assert Machine.objects.filter(state=Machine.State.POOLED).count() == 1
