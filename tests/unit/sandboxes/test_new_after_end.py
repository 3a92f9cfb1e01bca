"""Ending a sandbox and asking for one at once gives a new one, with the home of the old."""

from typing import Any

from sandboxes import lifecycle, reasons
from sandboxes.engine.fake.engine import FakeEngine
from sandboxes.errors import EngineUnavailable
from sandboxes.models import Machine, Sandbox
from sandboxes.queries import live_sandbox, sandbox_payload
from sandboxes.transitions import mark_ready, retire_machines
from tests.support.sandboxes import LESSON, ask, machine_of


def test_asking_while_the_last_one_ends_gives_a_new_one(
    ready: Sandbox, student: Any, worker: Any
) -> None:
    lifecycle.end_sandbox(sandbox=ready)
    fresh = ask(student)
    assert fresh.pk != ready.pk
    assert fresh.state in (Sandbox.State.REQUESTED, Sandbox.State.STARTING)
    assert live_sandbox(student, LESSON) == fresh


def test_new_one_gets_the_home_that_was_still_being_kept(
    ready: Sandbox, student: Any, fake: FakeEngine, worker: Any
) -> None:
    fake.machines[str(machine_of(ready).pk)].files["/root/notes"] = b"kept"
    lifecycle.end_sandbox(sandbox=ready)
    fresh = ask(student)
    worker.run("sandboxes.provision")  # before the old one's home is kept
    fresh.refresh_from_db()
    assert (fresh.state, fresh.reason) == (Sandbox.State.STARTING, reasons.RESTORING)
    worker.drain()
    fresh.refresh_from_db()
    ready.refresh_from_db()
    assert (ready.state, fresh.state) == (Sandbox.State.GONE, Sandbox.State.READY)
    assert fake.machines[str(machine_of(fresh).pk)].files == {"/root/notes": b"kept"}


def test_pooled_machine_is_not_ready_before_the_home_is_there(
    ready: Sandbox, student: Any, fake: FakeEngine, worker: Any, fill_pool: Any
) -> None:
    fill_pool(1)
    lifecycle.end_sandbox(sandbox=ready)
    assert ask(student).state == Sandbox.State.STARTING
    worker.drain()
    assert ask(student).state == Sandbox.State.READY


def test_new_one_waits_for_an_engine_that_is_away(
    ready: Sandbox, student: Any, fake: FakeEngine, worker: Any
) -> None:
    lifecycle.end_sandbox(sandbox=ready)
    fresh = ask(student)
    fake.fail("export_home", EngineUnavailable("away"))
    worker.drain()
    fresh.refresh_from_db()
    assert fresh.state == Sandbox.State.STARTING
    worker.queue.append(("sandboxes.finish", (str(ready.pk),)))
    worker.drain()
    fresh.refresh_from_db()
    assert fresh.state == Sandbox.State.READY


def test_no_payload_is_ready_without_machines(ready: Sandbox) -> None:
    """The row was read before its machines were given up, as a page's request may have done."""
    read_before = Sandbox.objects.get(pk=ready.pk)
    lifecycle.end_sandbox(sandbox=ready)
    retire_machines(ready)
    payload = sandbox_payload(read_before)
    assert (payload["state"], payload["machines"]) == ("ending", [])


def test_no_sandbox_becomes_ready_without_its_machine(
    ready: Sandbox, worker: Any, student: Any
) -> None:
    Sandbox.objects.filter(pk=ready.pk).update(state=Sandbox.State.STARTING)
    Machine.objects.filter(sandbox=ready).update(state=Machine.State.REMOVING, name="")
    assert not mark_ready(ready)
    ready.refresh_from_db()
    assert ready.state == Sandbox.State.STARTING
