"""Rows and engine are compared both ways."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from sandboxes import lifecycle, reasons, tasks, transitions
from sandboxes.engine.facts import OwnedObject
from sandboxes.engine.fake.engine import FakeEngine
from sandboxes.engine.fake.machine import Killed
from sandboxes.errors import EngineError
from sandboxes.maintenance import reaper, reconciler
from sandboxes.models import Machine, Sandbox
from sandboxes.queries import sandbox_payload
from tests.support.machines import machine_on
from tests.support.sandboxes import ask, machine_of, make_ready

NOBODYS = "11111111-1111-1111-1111-111111111111"


def stray(fake: FakeEngine) -> None:
    machine_on(fake, NOBODYS, image="sha256:linux-1", transport="socket")


def test_machine_without_a_row_is_removed(fake: FakeEngine) -> None:
    stray(fake)
    reaper.reap()
    assert (fake.machines, fake.networks, fake.mounts) == ({}, set(), set())


def test_network_and_mount_alone_are_removed(fake: FakeEngine) -> None:
    stray(fake)
    fake.lose(NOBODYS)
    reaper.reap()
    assert (fake.networks, fake.mounts) == (set(), set())


def test_machine_being_made_is_left_alone(fake: FakeEngine, student: Any, worker: Any) -> None:
    fake.fail("start_machine", Killed())
    ask(student)
    try:
        worker.drain()
    except Killed:
        worker.lose()
    reaper.reap()
    assert len(fake.machines) == 1


def test_container_of_a_gone_row_is_removed(ready: Sandbox, fake: FakeEngine) -> None:
    Machine.objects.filter(sandbox=ready).update(state=Machine.State.GONE)
    reaper.reap()
    assert fake.machines == {}


def test_lost_container_is_replaced_and_the_home_comes_back(
    ready: Sandbox, fake: FakeEngine, worker: Any, student: Any
) -> None:
    fake.machines[str(machine_of(ready).pk)].files["/root/notes"] = b"kept"
    lifecycle.end_sandbox(sandbox=ready)
    worker.drain()
    sandbox = make_ready(student, worker)
    lost = machine_of(sandbox)
    fake.lose(str(lost.pk))
    reaper.reap()
    sandbox.refresh_from_db()
    assert (sandbox.state, sandbox.reason) == (Sandbox.State.STARTING, reasons.LOST)
    worker.drain()
    sandbox.refresh_from_db()
    new = machine_of(sandbox)
    assert sandbox.state == Sandbox.State.READY
    assert sandbox_payload(sandbox)["notice"] == f"{reasons.REPLACED} {reasons.HOME_RESTORED}"
    assert new.pk != lost.pk
    assert fake.machines[str(new.pk)].files == {"/root/notes": b"kept"}
    assert fake.networks == {str(new.pk)}


def test_student_reads_that_the_machine_was_lost_though_no_home_had_been_kept(
    ready: Sandbox, fake: FakeEngine, worker: Any
) -> None:
    fake.lose(str(machine_of(ready).pk))
    tasks.look_after(str(machine_of(ready).pk))
    worker.drain()
    payload = sandbox_payload(ready)
    assert payload["state"] == "ready"
    assert payload["notice"] == f"{reasons.REPLACED} {reasons.NO_HOME_TO_RESTORE}"


def test_machine_that_stopped_and_does_not_start_again_was_lost(
    ready: Sandbox, fake: FakeEngine, worker: Any
) -> None:
    """Removed by force it dies first, and for a moment seems only to have stopped."""
    machine = machine_of(ready)
    fake.machines[str(machine.pk)].running = False
    fake.fail("start_machine", EngineError("container is marked for removal"))
    tasks.look_after(str(machine.pk))
    worker.drain()
    assert sandbox_payload(ready)["notice"].startswith(reasons.REPLACED)
    assert machine_of(ready).pk != machine.pk


def test_running_machine_is_left_alone(ready: Sandbox, worker: Any) -> None:
    machine = machine_of(ready)
    tasks.look_after(str(machine.pk))
    machine.refresh_from_db()
    assert (machine.state, worker.queue) == (Machine.State.CLAIMED, [])


def test_machine_that_the_platform_stopped_itself_is_left_alone(
    ready: Sandbox, fake: FakeEngine, worker: Any
) -> None:
    machine = machine_of(ready)
    lifecycle.end_sandbox(sandbox=ready)
    worker.drain()
    tasks.look_after(str(machine.pk))
    ready.refresh_from_db()
    assert (ready.state, worker.queue) == (Sandbox.State.GONE, [])


def test_stopped_container_is_started_again(ready: Sandbox, fake: FakeEngine, worker: Any) -> None:
    machine = machine_of(ready)
    fake.machines[str(machine.pk)].running = False
    reaper.reap()
    worker.drain()
    ready.refresh_from_db()
    assert (ready.state, ready.reason) == (Sandbox.State.READY, reasons.STOPPED)
    assert machine_of(ready).pk == machine.pk
    assert fake.machines[str(machine.pk)].running


def test_pooled_machine_that_died_is_retired(fill_pool: Any, fake: FakeEngine, worker: Any) -> None:
    first, second = fill_pool(2)
    fake.machines[str(first.pk)].running = False
    fake.lose(str(second.pk))
    reaper.reap()
    worker.drain()
    assert not Machine.objects.exclude(state=Machine.State.GONE).exists()
    assert fake.networks == set()


def test_machine_that_came_up_during_the_comparison_is_left_alone(
    fill_pool: Any, fake: FakeEngine, monkeypatch: Any
) -> None:
    fill_pool(1)
    monkeypatch.setattr(fake, "find_owned", list)
    reaper.reap()
    assert Machine.objects.get().state == Machine.State.POOLED


def test_engine_away_changes_nothing(ready: Sandbox, fake: FakeEngine) -> None:
    fake.available = False
    reaper.reap()
    ready.refresh_from_db()
    assert ready.state == Sandbox.State.READY


def test_old_probes_and_snapshots_are_removed(fake: FakeEngine) -> None:
    old, new = timezone.now() - timedelta(minutes=10), timezone.now()
    fake.leftovers = [
        OwnedObject("snapshot", "old", "", created_at=old),
        OwnedObject("probe", "old-probe", "", created_at=old),
        OwnedObject("snapshot", "new", "", created_at=new),
    ]
    reaper.reap()
    assert [leftover.id for leftover in fake.leftovers] == ["new"]


def test_surplus_network_is_removed_and_the_machine_keeps_its_own(
    ready: Sandbox, fake: FakeEngine
) -> None:
    machine_id = str(machine_of(ready).pk)
    fake.leftovers = [OwnedObject("network", "made twice", machine_id)]
    reaper.reap()
    assert (fake.leftovers, fake.networks) == ([], {machine_id})


def test_machine_left_frozen_goes_on(ready: Sandbox, fake: FakeEngine, monkeypatch: Any) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    machine = fake.machines[str(machine_of(ready).pk)]
    machine.paused = True
    reaper.reap()
    assert not machine.paused


def test_machine_that_is_being_copied_is_left_frozen(
    ready: Sandbox, fake: FakeEngine, monkeypatch: Any
) -> None:
    machine = fake.machines[str(machine_of(ready).pk)]
    machine.paused = True
    monkeypatch.setattr("time.sleep", lambda seconds: setattr(machine, "paused", False))
    reaper.reap()
    assert not [call for call in fake.calls if call[0] == "unpause_machine"]


def test_machines_of_a_deleted_user_are_given_up(
    ready: Sandbox, fake: FakeEngine, worker: Any, student: Any
) -> None:
    student.delete()
    reconciler.reconcile()
    worker.drain()
    assert fake.machines == {}


def test_machine_claimed_while_it_was_found_missing_is_replaced(
    fill_pool: Any, fake: FakeEngine, student: Any, worker: Any
) -> None:
    """The reaper read the row while it was in the pool; a student has claimed it since."""
    (as_read,) = fill_pool(1)
    fake.lose(str(as_read.pk))
    sandbox = ask(student)
    assert machine_of(sandbox).pk == as_read.pk
    transitions.machine_lost(as_read)
    worker.drain()
    sandbox.refresh_from_db()
    assert sandbox.state == Sandbox.State.READY
    assert machine_of(sandbox).pk != as_read.pk


def test_ready_sandbox_without_its_machine_gets_one(ready: Sandbox, worker: Any) -> None:
    Machine.objects.filter(sandbox=ready).update(state=Machine.State.GONE, name="")
    Sandbox.objects.filter(pk=ready.pk).update(changed_at=timezone.now() - timedelta(minutes=1))
    reconciler.reconcile()
    worker.drain()
    ready.refresh_from_db()
    assert ready.state == Sandbox.State.READY
    assert machine_of(ready).state == Machine.State.CLAIMED
