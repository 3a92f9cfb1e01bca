"""Ending, by the student or by time; extending; starting afresh."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from sandboxes import lifecycle, reasons
from sandboxes.engine.fake.engine import FakeEngine
from sandboxes.errors import EngineError, LifetimeReached, WrongState
from sandboxes.maintenance import reconciler
from sandboxes.models import Machine, Sandbox
from sandboxes.transitions import mark_ready
from tests.support.factories import SandboxFactory
from tests.support.sandboxes import machine_of, make_ready


def test_ending_keeps_the_home_and_removes_the_machine(
    ready: Sandbox, fake: FakeEngine, worker: Any, payloads_sent: Any
) -> None:
    lifecycle.end_sandbox(sandbox=ready)
    assert ready.state == Sandbox.State.ENDING
    worker.drain()
    ready.refresh_from_db()
    assert ready.state == Sandbox.State.GONE
    assert "home folder is kept" in ready.reason
    assert (fake.machines, fake.networks, fake.mounts) == ({}, set(), set())
    assert ready.machines.get().state == Machine.State.GONE
    assert payloads_sent[-1]["machines"] == []


def test_ending_twice_is_no_error(ready: Sandbox, worker: Any) -> None:
    lifecycle.end_sandbox(sandbox=ready)
    worker.drain()
    assert lifecycle.end_sandbox(sandbox=ready).state == Sandbox.State.GONE


def test_what_waits_can_be_ended(fake: FakeEngine, student: Any, worker: Any) -> None:
    from tests.support.sandboxes import ask

    sandbox = ask(student)
    lifecycle.end_sandbox(sandbox=sandbox)
    worker.drain()
    sandbox.refresh_from_db()
    assert sandbox.state == Sandbox.State.GONE
    assert fake.machines == {}


def test_time_that_is_up_ends_it(ready: Sandbox, worker: Any) -> None:
    Sandbox.objects.filter(pk=ready.pk).update(expires_at=timezone.now())
    reconciler.reconcile()
    worker.drain()
    ready.refresh_from_db()
    assert ready.state == Sandbox.State.GONE
    assert ready.reason.startswith("The machine's time was up.")


def test_engine_away_at_the_end_keeps_it_ending(
    ready: Sandbox, fake: FakeEngine, worker: Any
) -> None:
    fake.available = False
    lifecycle.end_sandbox(sandbox=ready)
    worker.drain()
    ready.refresh_from_db()
    assert ready.state == Sandbox.State.ENDING
    fake.available = True
    Sandbox.objects.filter(pk=ready.pk).update(changed_at=timezone.now() - timedelta(minutes=1))
    reconciler.reconcile()
    worker.drain()
    ready.refresh_from_db()
    assert ready.state == Sandbox.State.GONE


def test_home_that_can_not_be_kept_is_said(ready: Sandbox, fake: FakeEngine, worker: Any) -> None:
    fake.fail("export_home", EngineError("broken"))
    lifecycle.end_sandbox(sandbox=ready)
    worker.drain()
    ready.refresh_from_db()
    assert "could not be kept" in ready.reason


def test_extension_up_to_the_longest_lifetime(ready: Sandbox, settings: Any) -> None:
    before = ready.expires_at
    lifecycle.extend_sandbox(sandbox=ready)
    assert ready.expires_at == before + timedelta(minutes=60)
    while ready.expires_at < ready.created_at + timedelta(minutes=480):
        lifecycle.extend_sandbox(sandbox=ready)
    with pytest.raises(LifetimeReached):
        lifecycle.extend_sandbox(sandbox=ready)


def test_double_click_extends_once(ready: Sandbox) -> None:
    other = Sandbox.objects.get(pk=ready.pk)
    lifecycle.extend_sandbox(sandbox=ready)
    with pytest.raises(WrongState):
        lifecycle.extend_sandbox(sandbox=other)


def test_what_is_extended_while_time_ends_it_does_not_end(
    ready: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    Sandbox.objects.filter(pk=ready.pk).update(expires_at=timezone.now())
    end_sandbox = lifecycle.end_sandbox

    def extend_first(*, sandbox: Sandbox, **rest: Any) -> Sandbox:
        lifecycle.extend_sandbox(sandbox=Sandbox.objects.get(pk=sandbox.pk))
        return end_sandbox(sandbox=sandbox, **rest)

    monkeypatch.setattr(lifecycle, "end_sandbox", extend_first)
    reconciler.end_expired()
    ready.refresh_from_db()
    assert ready.state == Sandbox.State.READY
    assert ready.expires_at > timezone.now() + timedelta(minutes=59)
    reconciler.end_expired()
    ready.refresh_from_db()
    assert ready.state == Sandbox.State.READY


def test_extension_counts_from_now_when_the_end_is_overdue(ready: Sandbox) -> None:
    Sandbox.objects.filter(pk=ready.pk).update(expires_at=timezone.now() - timedelta(hours=3))
    ready.refresh_from_db()
    lifecycle.extend_sandbox(sandbox=ready)
    assert ready.expires_at > timezone.now() + timedelta(minutes=59)


def test_nothing_is_extended_past_the_longest_lifetime(ready: Sandbox) -> None:
    long_ago = timezone.now() - timedelta(minutes=481)
    Sandbox.objects.filter(pk=ready.pk).update(
        created_at=long_ago, expires_at=long_ago + timedelta(hours=1)
    )
    ready.refresh_from_db()
    with pytest.raises(LifetimeReached):
        lifecycle.extend_sandbox(sandbox=ready)


def test_extension_while_it_starts_outlives_the_start(fake: FakeEngine, student: Any) -> None:
    starting = SandboxFactory(user=student, state=Sandbox.State.STARTING, ready_at=None)
    lifecycle.extend_sandbox(sandbox=Sandbox.objects.get(pk=starting.pk))
    lifecycle.extend_sandbox(sandbox=Sandbox.objects.get(pk=starting.pk))
    extended = Sandbox.objects.get(pk=starting.pk).expires_at
    assert mark_ready(starting)
    assert starting.expires_at == Sandbox.objects.get(pk=starting.pk).expires_at >= extended


def test_reset_gives_a_fresh_machine_without_the_home(
    ready: Sandbox, fake: FakeEngine, worker: Any
) -> None:
    old = machine_of(ready)
    fake.machines[str(old.pk)].files["/root/notes"] = b"old"
    lifecycle.reset_sandbox(sandbox=ready)
    worker.drain()
    ready.refresh_from_db()
    new = machine_of(ready)
    assert (ready.state, ready.reason) == (Sandbox.State.READY, reasons.RESET)
    assert new.pk != old.pk
    assert new.name == "box"
    assert fake.machines.keys() == {str(new.pk)}
    assert fake.machines[str(new.pk)].files == {}


def test_reset_forgets_what_was_kept_before(
    ready: Sandbox, fake: FakeEngine, worker: Any, student: Any
) -> None:
    fake.machines[str(machine_of(ready).pk)].files["/root/notes"] = b"old"
    lifecycle.end_sandbox(sandbox=ready)
    worker.drain()
    again = make_ready(student, worker)
    lifecycle.reset_sandbox(sandbox=again)
    worker.drain()
    lifecycle.end_sandbox(sandbox=again)
    worker.drain()
    third = make_ready(student, worker)
    assert fake.machines[str(machine_of(third).pk)].files == {}


def test_reset_from_the_pool_is_ready_at_once(ready: Sandbox, fill_pool: Any) -> None:
    [machine] = fill_pool(1)
    lifecycle.reset_sandbox(sandbox=ready)
    assert ready.state == Sandbox.State.READY
    assert machine_of(ready).pk == machine.pk


def test_reset_in_a_full_house_waits_for_its_own_old_machine(
    ready: Sandbox, worker: Any, settings: Any
) -> None:
    settings.MACHINES_MAX = 1
    lifecycle.reset_sandbox(sandbox=ready)
    assert ready.state == Sandbox.State.STARTING
    worker.drain()
    ready.refresh_from_db()
    assert ready.state == Sandbox.State.READY


def test_what_is_starting_can_not_be_reset(fake: FakeEngine, student: Any) -> None:
    from tests.support.sandboxes import ask

    with pytest.raises(WrongState):
        lifecycle.reset_sandbox(sandbox=ask(student))
