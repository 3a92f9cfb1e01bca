"""Tasks that run twice, and workers that die half-way: reconcile takes over."""

from datetime import timedelta
from typing import Any

import pytest
from celery import current_app
from django.utils import timezone

from sandboxes import lifecycle, transitions
from sandboxes.engine.fake.engine import FakeEngine
from sandboxes.engine.fake.machine import Killed
from sandboxes.errors import EngineUnavailable
from sandboxes.maintenance import reconciler
from sandboxes.models import Machine, Sandbox
from sandboxes.provisioning import provisioner
from tests.support.sandboxes import ask, grow_old, machine_of, make_ready, recover, run_until_killed

STEPS = ["image", "create_machine", "start_machine", "wait_for_shell"]


@pytest.mark.parametrize("step", STEPS)
def test_killed_while_provisioning(step: str, fake: FakeEngine, student: Any, worker: Any) -> None:
    fake.fail(step, Killed())
    sandbox = ask(student)
    run_until_killed(worker)
    recover(worker)
    sandbox.refresh_from_db()
    assert sandbox.state == Sandbox.State.READY
    assert fake.machines.keys() == {str(machine_of(sandbox).pk)}
    assert fake.networks == fake.machines.keys()


@pytest.mark.parametrize("step", STEPS)
def test_killed_while_refilling(step: str, fake: FakeEngine, worker: Any, settings: Any) -> None:
    settings.POOL = {"linux": 2}
    fake.fail(step, Killed())
    transitions.advance_queue()
    run_until_killed(worker)
    recover(worker)
    assert Machine.objects.filter(state=Machine.State.POOLED).count() == 2
    assert len(fake.machines) == 2


@pytest.mark.parametrize("step", ["export_home", "remove_machine"])
def test_killed_while_ending(step: str, ready: Sandbox, fake: FakeEngine, worker: Any) -> None:
    fake.fail(step, Killed())
    lifecycle.end_sandbox(sandbox=ready)
    run_until_killed(worker)
    recover(worker)
    ready.refresh_from_db()
    assert ready.state == Sandbox.State.GONE
    assert (fake.machines, fake.networks, fake.mounts) == ({}, set(), set())


def test_killed_while_waking(ready: Sandbox, fake: FakeEngine, worker: Any) -> None:
    Sandbox.objects.update(active_at=timezone.now() - timedelta(hours=1))
    reconciler.reconcile()
    worker.drain()
    lifecycle.wake_sandbox(sandbox=ready)
    fake.fail("start_machine", Killed())
    run_until_killed(worker)
    recover(worker)
    ready.refresh_from_db()
    assert ready.state == Sandbox.State.READY


def test_killed_while_putting_the_home_back(
    ready: Sandbox, fake: FakeEngine, worker: Any, student: Any
) -> None:
    fake.machines[str(machine_of(ready).pk)].files["/root/notes"] = b"mine"
    lifecycle.end_sandbox(sandbox=ready)
    worker.drain()
    fake.fail("import_home", Killed())
    again = ask(student)
    run_until_killed(worker)
    recover(worker)
    again.refresh_from_db()
    assert again.state == Sandbox.State.READY
    assert fake.machines[str(machine_of(again).pk)].files == {"/root/notes": b"mine"}


@pytest.mark.parametrize("step", STEPS)
def test_engine_away_for_a_while(step: str, fake: FakeEngine, student: Any, worker: Any) -> None:
    fake.fail(step, EngineUnavailable("restarting"))
    sandbox = ask(student)
    worker.drain()
    sandbox.refresh_from_db()
    assert sandbox.state in (Sandbox.State.REQUESTED, Sandbox.State.STARTING)
    recover(worker)
    sandbox.refresh_from_db()
    assert sandbox.state == Sandbox.State.READY
    assert len(fake.machines) == 1


def test_every_task_may_run_twice(
    fake: FakeEngine, student: Any, worker: Any, monkeypatch: Any, settings: Any
) -> None:
    settings.POOL = {"linux": 1}
    run = worker.run

    def twice(name: str) -> None:
        task = next(task for task in worker.queue if task[0] == name)
        current_app.tasks[name].run(*task[1])
        if task not in worker.queue:
            worker.queue.insert(0, task)
        run(name)

    monkeypatch.setattr(worker, "run", twice)
    sandbox = make_ready(student, worker)
    lifecycle.end_sandbox(sandbox=sandbox)
    worker.drain()
    sandbox.refresh_from_db()
    assert sandbox.state == Sandbox.State.GONE
    assert Machine.objects.filter(state=Machine.State.POOLED).count() == len(fake.machines) == 1


def test_two_workers_at_the_same_machine(
    fake: FakeEngine, student: Any, worker: Any, monkeypatch: Any
) -> None:
    """The slow one lives after all, and finds that the other was quicker."""
    sandbox = ask(student)
    wait = fake.wait_for_shell

    def slow(*args: Any) -> None:
        monkeypatch.setattr(fake, "wait_for_shell", wait)
        provisioner.provision_sandbox(Sandbox.objects.get(pk=sandbox.pk))
        wait(*args)

    monkeypatch.setattr(fake, "wait_for_shell", slow)
    worker.drain()
    sandbox.refresh_from_db()
    assert sandbox.state == Sandbox.State.READY
    assert len(fake.machines) == 1


def test_ended_while_starting_leaves_nothing(
    fake: FakeEngine, student: Any, worker: Any, monkeypatch: Any
) -> None:
    sandbox = ask(student)
    create = fake.create_machine

    def end_first(spec: Any) -> Any:
        lifecycle.end_sandbox(sandbox=Sandbox.objects.get(pk=sandbox.pk))
        worker.run("sandboxes.finish")
        worker.run("sandboxes.remove_machine")
        return create(spec)

    monkeypatch.setattr(fake, "create_machine", end_first)
    worker.drain()
    sandbox.refresh_from_db()
    assert sandbox.state == Sandbox.State.GONE
    assert (fake.machines, fake.networks, fake.mounts) == ({}, set(), set())


def test_tasks_tolerate_vanished_rows(fake: FakeEngine) -> None:
    nobody = "11111111-1111-1111-1111-111111111111"
    for name in ("provision", "stop", "finish", "bring_up", "remove_machine"):
        current_app.tasks[f"sandboxes.{name}"].run(nobody)


def test_takeover_is_one_workers(fake: FakeEngine, student: Any, worker: Any) -> None:
    fake.fail("start_machine", Killed())
    ask(student)
    run_until_killed(worker)
    grow_old()
    reconciler.take_over_sandboxes()
    reconciler.take_over_sandboxes()
    assert len(worker.queue) == 1
