"""A full house: places in the queue, estimates, and who is next."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from sandboxes import lifecycle, reasons, transitions
from sandboxes.engine.fake.engine import FakeEngine
from sandboxes.errors import NoRoom
from sandboxes.maintenance import reconciler
from sandboxes.models import Host, Machine, Sandbox
from sandboxes.queries import queue_place, sandbox_payload
from tests.support.factories import MachineFactory, UserFactory
from tests.support.sandboxes import ask, learn_images


@pytest.fixture
def full(ready: Sandbox, settings: Any) -> Sandbox:
    """One machine may exist, and the student has it."""
    settings.MACHINES_MAX = 1
    return ready


def test_places_are_first_come_first_served(full: Sandbox, other_student: Any, worker: Any) -> None:
    first = ask(other_student)
    second = ask(UserFactory(username="third"))
    worker.drain()
    assert [queue_place(waiting_sandbox).place for waiting_sandbox in (first, second)] == [1, 2]
    second.refresh_from_db()
    assert (second.state, second.reason) == (Sandbox.State.REQUESTED, reasons.WAITING)


def test_estimate_of_a_full_house_is_the_next_end(
    full: Sandbox, other_student: Any, worker: Any
) -> None:
    Sandbox.objects.filter(pk=full.pk).update(expires_at=timezone.now() + timedelta(seconds=600))
    waiting = ask(other_student)
    worker.drain()
    queue = sandbox_payload(waiting)["queue"]
    assert queue["place"] == 1
    assert 590 <= queue["estimate_seconds"] <= 610
    assert queue["full"] is True


def test_estimate_with_room_is_a_start(fake: FakeEngine, student: Any) -> None:
    queue = sandbox_payload(ask(student))["queue"]
    assert queue["estimate_seconds"] <= 5
    assert queue["full"] is False


def test_room_that_is_left_goes_to_the_first(
    full: Sandbox, other_student: Any, worker: Any
) -> None:
    first = ask(other_student)
    second = ask(UserFactory(username="third"))
    worker.drain()
    lifecycle.end_sandbox(sandbox=full)
    worker.drain()
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == (Sandbox.State.READY, Sandbox.State.REQUESTED)


def test_nobody_takes_a_pooled_machine_past_the_queue(
    full: Sandbox, other_student: Any, worker: Any, settings: Any, fill_pool: Any
) -> None:
    first = ask(other_student)
    worker.drain()
    settings.MACHINES_MAX = 2
    machine = Machine.objects.get(state=Machine.State.CLAIMED)
    MachineFactory(
        host=machine.host,
        kind="linux",
        image=machine.image,
        state=Machine.State.POOLED,
        changed_at=timezone.now(),
    )
    second = ask(UserFactory(username="third"))
    assert second.state == Sandbox.State.REQUESTED
    transitions.advance_queue()
    worker.drain()
    first.refresh_from_db()
    assert first.state == Sandbox.State.READY


def test_only_so_many_start_at_once(fake: FakeEngine, worker: Any, settings: Any) -> None:
    settings.START_CONCURRENCY = 1
    learn_images()
    MachineFactory(
        host=Host.objects.get(),
        kind="linux",
        image="x",
        state=Machine.State.STARTING,
        changed_at=timezone.now(),
    )
    waiting = ask(UserFactory(username="two"))
    worker.drain()
    waiting.refresh_from_db()
    assert waiting.state == Sandbox.State.REQUESTED
    assert queue_place(waiting).full is False  # it waits for a start, not for somebody to leave


def test_engine_without_room_sends_back_into_the_queue(
    fake: FakeEngine, student: Any, worker: Any
) -> None:
    fake.fail("create_machine", NoRoom("all predefined address pools have been fully subnetted"))
    sandbox = ask(student)
    worker.run("sandboxes.provision")
    sandbox.refresh_from_db()
    assert (sandbox.state, sandbox.reason) == (Sandbox.State.REQUESTED, reasons.WAITING)
    Host.objects.update(rests_until=timezone.now())
    reconciler.reconcile()
    worker.drain()
    sandbox.refresh_from_db()
    assert sandbox.state == Sandbox.State.READY
    assert Host.objects.get().refusals == 0


def test_host_that_does_not_accept_gets_nothing(
    fake: FakeEngine, student: Any, worker: Any
) -> None:
    Host.objects.update(accepting=False)
    sandbox = ask(student)
    worker.drain()
    sandbox.refresh_from_db()
    assert sandbox.state == Sandbox.State.REQUESTED
    assert fake.machines == {}
