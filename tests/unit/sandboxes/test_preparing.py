"""Setup scripts run in a student's machines before the student gets them: once, and whoever dies meanwhile."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from core.signals import Preparation, preparations_wanted
from sandboxes import lifecycle
from sandboxes.engine.fake.engine import FakeEngine
from sandboxes.engine.fake.machine import Killed
from sandboxes.errors import EngineError, EngineUnavailable, WrongState
from sandboxes.maintenance import reconciler
from sandboxes.models import Sandbox
from sandboxes.provisioning import setup
from sandboxes.queries import latest_payload, sandbox_payload
from tests.support.sandboxes import LESSON, ask, grow_old, machine_of, make_ready, recover, run_until_killed

S = Sandbox.State
FIRST = Preparation("first", "box", "write /root/first one")
SECOND = Preparation("second", "box", "write /root/second two")
SCRIPTS = [FIRST.script, SECOND.script]


@pytest.fixture
def wanted() -> Iterator[list[Preparation]]:
    """What the lesson's exercises want; a test may change it."""
    asked = [FIRST, SECOND]

    def answer(*, user_id: int, lesson_key: str, **_: Any) -> list[Preparation]:
        return asked if lesson_key == LESSON else []

    preparations_wanted.connect(answer)
    yield asked
    preparations_wanted.disconnect(answer)


def scripts(fake: FakeEngine) -> list[str]:
    return [script for _, script in fake.scripts]


def files_of(sandbox: Sandbox, fake: FakeEngine) -> dict[str, bytes]:
    return fake.machines[str(machine_of(sandbox).pk)].files


def test_scripts_run_in_order_before_the_student_is_let_in(
    wanted: Any, fake: FakeEngine, student: Any, worker: Any
) -> None:
    sandbox = ask(student)
    worker.drain()
    sandbox.refresh_from_db()
    assert (sandbox.state, sandbox.reason, scripts(fake)) == (S.READY, "", SCRIPTS)
    assert machine_of(sandbox).prepared == {"first": "done", "second": "done"}
    assert sandbox.held_until is None


def test_a_warm_machine_is_claimed_at_once_and_prepared_by_a_worker(
    wanted: Any, fake: FakeEngine, student: Any, worker: Any, warm: Callable[[int], Any]
) -> None:
    warm(1)
    sandbox = ask(student)
    assert (sandbox.state, sandbox.reason, fake.scripts) == (S.STARTING, lifecycle.PREPARING, [])
    worker.drain()
    sandbox.refresh_from_db()
    assert (sandbox.state, scripts(fake)) == (S.READY, SCRIPTS)


def test_a_lesson_without_scripts_is_ready_in_the_request(
    wanted: Any, fake: FakeEngine, student: Any, warm: Callable[[int], Any]
) -> None:
    warm(1)
    wanted.clear()
    assert ask(student).state == S.READY


def test_a_script_runs_once_in_a_machine_and_again_in_a_fresh_one(
    wanted: Any, fake: FakeEngine, student: Any, worker: Any
) -> None:
    sandbox = make_ready(student, worker)
    Sandbox.objects.update(active_at=timezone.now() - timedelta(hours=1))
    reconciler.reconcile()
    worker.drain()
    lifecycle.wake_sandbox(sandbox=Sandbox.objects.get())
    worker.drain()
    assert scripts(fake) == SCRIPTS
    lifecycle.reset_sandbox(sandbox=Sandbox.objects.get())
    worker.drain()
    sandbox.refresh_from_db()
    assert (sandbox.state, scripts(fake)) == (S.READY, SCRIPTS * 2)


def test_a_home_that_is_put_back_wins_over_what_a_script_wrote(
    wanted: Any, fake: FakeEngine, student: Any, worker: Any
) -> None:
    sandbox = make_ready(student, worker)
    files_of(sandbox, fake)["/root/first"] = b"mine"
    lifecycle.end_sandbox(sandbox=sandbox)
    worker.drain()
    again = make_ready(student, worker)
    assert files_of(again, fake) == {"/root/first": b"mine", "/root/second": b"two"}
    assert scripts(fake) == SCRIPTS * 2


def test_a_script_that_fails_keeps_nobody_out_and_can_be_tried_again(
    wanted: Any, fake: FakeEngine, student: Any, worker: Any, told: Any, settings: Any
) -> None:
    wanted[0] = FIRST._replace(script="exit 3")
    wanted.append(Preparation("third", "box", f"sleep {settings.SETUP_SECONDS + 1}"))
    sandbox = make_ready(student, worker)
    assert machine_of(sandbox).prepared == {"first": "failed", "second": "done", "third": "failed"}
    assert sandbox_payload(sandbox)["unprepared"] == told[-1]["unprepared"] == ["first", "third"]
    assert latest_payload(student, LESSON) == sandbox_payload(sandbox)
    wanted[:] = [FIRST, SECOND]
    lifecycle.prepare_again(sandbox=sandbox)
    assert sandbox.state == S.STARTING
    worker.drain()
    sandbox.refresh_from_db()
    assert (sandbox.state, sandbox.reason) == (S.READY, "")
    assert sandbox_payload(sandbox)["unprepared"] == []
    assert scripts(fake)[3:] == [FIRST.script]


def test_what_an_author_has_added_is_prepared_when_asked_for(
    wanted: Any, fake: FakeEngine, student: Any, worker: Any
) -> None:
    wanted.pop()
    sandbox = make_ready(student, worker)
    wanted.append(SECOND)
    lifecycle.prepare_again(sandbox=sandbox)
    worker.drain()
    assert scripts(fake) == SCRIPTS
    sandbox.refresh_from_db()
    assert lifecycle.prepare_again(sandbox=sandbox).state == S.READY


def test_only_what_runs_is_prepared_again(wanted: Any, fake: FakeEngine, student: Any, worker: Any) -> None:
    sandbox = make_ready(student, worker)
    lifecycle.end_sandbox(sandbox=sandbox)
    with pytest.raises(WrongState):
        lifecycle.prepare_again(sandbox=sandbox)


def test_an_engine_that_refuses_is_a_script_that_fails(
    wanted: Any, fake: FakeEngine, student: Any, worker: Any
) -> None:
    fake.fail("run_script", EngineError("no exec"))
    assert machine_of(make_ready(student, worker)).prepared == {"first": "failed", "second": "done"}


@pytest.mark.parametrize("error", [Killed(), EngineUnavailable("restarting")])
def test_a_script_that_was_cut_off_runs_again_once_nobody_can_be_running_it(
    error: BaseException, wanted: Any, fake: FakeEngine, student: Any, worker: Any
) -> None:
    fake.fail("run_script", error)
    sandbox = ask(student)
    if isinstance(error, Killed):
        run_until_killed(worker)
    worker.drain()
    recover(worker)
    sandbox.refresh_from_db()
    assert (sandbox.state, fake.scripts) == (S.STARTING, [])
    Sandbox.objects.update(held_until=timezone.now())
    recover(worker)
    sandbox.refresh_from_db()
    assert (sandbox.state, scripts(fake)) == (S.READY, SCRIPTS)


def test_two_workers_do_not_run_the_same_script(wanted: Any, fake: FakeEngine, student: Any, worker: Any) -> None:
    sandbox = ask(student)

    def meanwhile(_machine: Any, _script: str, _seconds: int) -> int:
        other = Sandbox.objects.get(pk=sandbox.pk)
        assert not setup.prepare_sandbox(other)
        return 0

    fake.script_runner = meanwhile
    worker.drain()
    sandbox.refresh_from_db()
    assert (sandbox.state, scripts(fake)) == (S.READY, SCRIPTS)


def test_when_time_is_up_another_task_goes_on(
    wanted: Any, fake: FakeEngine, student: Any, worker: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(setup, "BEGIN_WITHIN_SECONDS", -1)
    sandbox = ask(student)
    worker.run("sandboxes.provision")
    sandbox.refresh_from_db()
    assert (sandbox.state, fake.scripts) == (S.STARTING, [])
    monkeypatch.undo()
    setup.prepare_sandbox(sandbox)
    assert scripts(fake) == SCRIPTS


def test_a_machine_that_is_lost_meanwhile_is_replaced_and_prepared(
    wanted: Any, fake: FakeEngine, student: Any, worker: Any
) -> None:
    sandbox = ask(student)

    def lose(machine: Any, _script: str, _seconds: int) -> int:
        fake.script_runner = lambda *_: 0
        fake.lose(machine.spec.machine_id)
        return 0

    fake.script_runner = lose
    worker.drain()
    grow_old()
    reconciler.reconcile()
    worker.drain()
    sandbox.refresh_from_db()
    assert (sandbox.state, scripts(fake)[-2:]) == (S.READY, SCRIPTS)
