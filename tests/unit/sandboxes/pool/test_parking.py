"""Idle sandboxes are stopped and kept; waking starts them again."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from sandboxes import lifecycle
from sandboxes.engine.fake.engine import FakeEngine
from sandboxes.errors import EngineError, WrongState
from sandboxes.maintenance import reconciler
from sandboxes.models import Machine, Sandbox
from sandboxes.provisioning import teardown
from tests.support.sandboxes import machine_of


@pytest.fixture
def parked(ready: Sandbox, fake: FakeEngine, worker: Any) -> Sandbox:
    let_idle(ready)
    reconciler.reconcile()
    worker.drain()
    ready.refresh_from_db()
    return ready


def let_idle(sandbox: Sandbox) -> None:
    long_ago = timezone.now() - timedelta(minutes=21)
    Sandbox.objects.filter(pk=sandbox.pk).update(active_at=long_ago)


def test_idle_sandbox_is_parked_and_stopped(
    parked: Sandbox, fake: FakeEngine, payloads_sent: Any
) -> None:
    assert parked.state == Sandbox.State.PARKED
    assert "files are kept" in parked.reason
    machine = machine_of(parked)
    assert machine.state == Machine.State.PARKED
    assert not fake.machines[str(machine.pk)].running
    assert payloads_sent[-1]["state"] == "parked"


def test_active_sandbox_is_not_parked(ready: Sandbox, worker: Any) -> None:
    let_idle(ready)
    lifecycle.touch_sandbox(sandbox=ready)
    reconciler.reconcile()
    worker.drain()
    ready.refresh_from_db()
    assert ready.state == Sandbox.State.READY


def test_typing_while_the_row_was_read_wins(ready: Sandbox) -> None:
    let_idle(ready)
    stale = Sandbox.objects.get(pk=ready.pk)
    lifecycle.touch_sandbox(sandbox=ready)
    assert not lifecycle.park_sandbox(stale)


def test_waking_starts_the_same_machine(parked: Sandbox, fake: FakeEngine, worker: Any) -> None:
    machine = machine_of(parked)
    fake.machines[str(machine.pk)].files["/root/notes"] = b"mine"
    lifecycle.wake_sandbox(sandbox=parked)
    assert parked.state == Sandbox.State.STARTING
    worker.drain()
    parked.refresh_from_db()
    assert parked.state == Sandbox.State.READY
    assert "new one" in parked.reason  # the shell
    assert machine_of(parked).pk == machine.pk
    assert fake.machines[str(machine.pk)].running
    assert ("import_home", machine.container_id) not in fake.calls


def test_waking_what_runs_changes_nothing(ready: Sandbox) -> None:
    lifecycle.wake_sandbox(sandbox=ready)
    assert ready.state == Sandbox.State.READY


def test_what_has_ended_can_not_be_woken(ready: Sandbox, worker: Any) -> None:
    lifecycle.end_sandbox(sandbox=ready)
    worker.drain()
    with pytest.raises(WrongState):
        lifecycle.wake_sandbox(sandbox=ready)


def test_woken_while_being_stopped_it_runs(
    ready: Sandbox, fake: FakeEngine, worker: Any, monkeypatch: Any
) -> None:
    let_idle(ready)
    lifecycle.park_sandbox(ready)
    machine = machine_of(ready)
    stop = fake.stop_machine

    def wake_first(container_id: str) -> None:
        monkeypatch.setattr(fake, "stop_machine", stop)
        lifecycle.wake_sandbox(sandbox=ready)
        worker.run("sandboxes.provision")
        stop(container_id)

    monkeypatch.setattr(fake, "stop_machine", wake_first)
    worker.drain()
    ready.refresh_from_db()
    assert ready.state == Sandbox.State.READY
    assert fake.machines[str(machine.pk)].running


def test_parked_machine_that_is_lost_is_replaced_on_waking(
    parked: Sandbox, fake: FakeEngine, worker: Any
) -> None:
    lost = machine_of(parked)
    fake.lose(str(lost.pk))
    lifecycle.wake_sandbox(sandbox=parked)
    worker.drain()
    parked.refresh_from_db()
    assert parked.state == Sandbox.State.READY
    assert machine_of(parked).pk != lost.pk


def test_parked_machine_that_will_not_start_is_replaced(
    parked: Sandbox, fake: FakeEngine, worker: Any
) -> None:
    fake.fail("start_machine", EngineError("broken"))
    lifecycle.wake_sandbox(sandbox=parked)
    worker.drain()
    parked.refresh_from_db()
    assert parked.state == Sandbox.State.READY


def test_engine_away_while_stopping_is_made_up_for(
    ready: Sandbox, fake: FakeEngine, worker: Any
) -> None:
    from sandboxes.maintenance import reaper

    let_idle(ready)
    fake.available = False
    lifecycle.park_sandbox(ready)
    worker.drain()
    fake.available = True
    machine = machine_of(ready)
    assert fake.machines[str(machine.pk)].running
    reaper.reap()
    assert not fake.machines[str(machine.pk)].running


def test_lost_stop_task_is_made_up_for(ready: Sandbox, fake: FakeEngine, worker: Any) -> None:
    let_idle(ready)
    lifecycle.park_sandbox(ready)
    worker.lose()
    Sandbox.objects.filter(pk=ready.pk).update(changed_at=timezone.now() - timedelta(minutes=1))
    reconciler.reconcile()
    worker.drain()
    assert machine_of(ready).state == Machine.State.PARKED


def test_stopping_twice_is_fine(parked: Sandbox, worker: Any) -> None:
    teardown.stop_sandbox(parked)
    assert machine_of(parked).state == Machine.State.PARKED
