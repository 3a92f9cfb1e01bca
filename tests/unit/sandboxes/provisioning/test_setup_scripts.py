"""Setup scripts run in a student's machines before the student gets them: once, and whoever dies
meanwhile."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from sandboxes import lifecycle, reasons, setup_scripts
from sandboxes.engine.fake.engine import FakeEngine
from sandboxes.engine.fake.machine import Killed
from sandboxes.errors import EngineError, EngineUnavailable, WrongState
from sandboxes.maintenance import reconciler
from sandboxes.models import Sandbox
from sandboxes.queries import latest_payload, sandbox_payload
from sandboxes.setup_scripts import SetupScript
from tests.support.sandboxes import (
    LESSON,
    ask,
    grow_old,
    machine_of,
    make_ready,
    recover,
    run_until_killed,
)

FIRST = SetupScript("first", "box", "write /root/first one")
SECOND = SetupScript("second", "box", "write /root/second two")
SCRIPTS = [FIRST.script, SECOND.script]


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> list[SetupScript]:
    """The setup scripts of the lesson's exercises; a test may change them."""
    lesson_scripts = [FIRST, SECOND]

    def setup_scripts_for(_user_id: int, lesson_key: str) -> list[SetupScript]:
        return lesson_scripts if lesson_key == LESSON else []

    monkeypatch.setattr("curriculum.tasks.setup_scripts_for", setup_scripts_for)
    return lesson_scripts


def scripts(fake: FakeEngine) -> list[str]:
    return [script for _, script in fake.scripts]


def files_of(sandbox: Sandbox, fake: FakeEngine) -> dict[str, bytes]:
    return fake.machines[str(machine_of(sandbox).pk)].files


def test_scripts_run_in_order_before_the_student_is_let_in(
    scripted: Any, fake: FakeEngine, student: Any, worker: Any
) -> None:
    sandbox = ask(student, setup_scripts=scripted)
    worker.drain()
    sandbox.refresh_from_db()
    assert (sandbox.state, sandbox.reason, scripts(fake)) == (Sandbox.State.READY, "", SCRIPTS)
    assert machine_of(sandbox).setup_results == {"first": "done", "second": "done"}
    assert sandbox.leased_until is None


def test_a_pooled_machine_is_claimed_at_once_and_prepared_by_a_worker(
    scripted: Any, fake: FakeEngine, student: Any, worker: Any, fill_pool: Callable[[int], Any]
) -> None:
    fill_pool(1)
    sandbox = ask(student, setup_scripts=scripted)
    assert (sandbox.state, sandbox.reason, fake.scripts) == (
        Sandbox.State.STARTING,
        reasons.PREPARING,
        [],
    )
    worker.drain()
    sandbox.refresh_from_db()
    assert (sandbox.state, scripts(fake)) == (Sandbox.State.READY, SCRIPTS)


def test_a_lesson_without_scripts_is_ready_in_the_request(
    scripted: Any, fake: FakeEngine, student: Any, fill_pool: Callable[[int], Any]
) -> None:
    fill_pool(1)
    scripted.clear()
    assert ask(student, setup_scripts=scripted).state == Sandbox.State.READY


def test_a_script_runs_once_in_a_machine_and_again_in_a_fresh_one(
    scripted: Any, fake: FakeEngine, student: Any, worker: Any
) -> None:
    sandbox = make_ready(student, worker, setup_scripts=scripted)
    Sandbox.objects.update(active_at=timezone.now() - timedelta(hours=1))
    reconciler.reconcile()
    worker.drain()
    lifecycle.wake_sandbox(sandbox=Sandbox.objects.get())
    worker.drain()
    assert scripts(fake) == SCRIPTS
    lifecycle.reset_sandbox(sandbox=Sandbox.objects.get(), setup_scripts=scripted)
    worker.drain()
    sandbox.refresh_from_db()
    assert (sandbox.state, scripts(fake)) == (Sandbox.State.READY, SCRIPTS * 2)


def test_a_home_that_is_put_back_wins_over_what_a_script_wrote(
    scripted: Any, fake: FakeEngine, student: Any, worker: Any
) -> None:
    sandbox = make_ready(student, worker, setup_scripts=scripted)
    files_of(sandbox, fake)["/root/first"] = b"mine"
    lifecycle.end_sandbox(sandbox=sandbox)
    worker.drain()
    again = make_ready(student, worker, setup_scripts=scripted)
    assert files_of(again, fake) == {"/root/first": b"mine", "/root/second": b"two"}
    assert scripts(fake) == SCRIPTS * 2


def test_a_script_that_fails_keeps_nobody_out_and_can_be_tried_again(
    scripted: Any, fake: FakeEngine, student: Any, worker: Any, payloads_sent: Any, settings: Any
) -> None:
    scripted[0] = FIRST._replace(script="exit 3")
    scripted.append(SetupScript("third", "box", f"sleep {settings.SETUP_SECONDS + 1}"))
    sandbox = make_ready(student, worker, setup_scripts=scripted)
    assert machine_of(sandbox).setup_results == {
        "first": "failed",
        "second": "done",
        "third": "failed",
    }
    assert (
        sandbox_payload(sandbox)["unprepared"]
        == payloads_sent[-1]["unprepared"]
        == ["first", "third"]
    )
    assert latest_payload(student, LESSON) == sandbox_payload(sandbox)
    scripted[:] = [FIRST, SECOND]
    lifecycle.retry_setup(sandbox=sandbox, setup_scripts=scripted)
    assert sandbox.state == Sandbox.State.STARTING
    worker.drain()
    sandbox.refresh_from_db()
    assert (sandbox.state, sandbox.reason) == (Sandbox.State.READY, "")
    assert sandbox_payload(sandbox)["unprepared"] == []
    assert scripts(fake)[3:] == [FIRST.script]


def test_what_an_author_has_added_is_prepared_when_asked_for(
    scripted: Any, fake: FakeEngine, student: Any, worker: Any
) -> None:
    scripted.pop()
    sandbox = make_ready(student, worker, setup_scripts=scripted)
    scripted.append(SECOND)
    lifecycle.retry_setup(sandbox=sandbox, setup_scripts=scripted)
    worker.drain()
    assert scripts(fake) == SCRIPTS
    sandbox.refresh_from_db()
    assert (
        lifecycle.retry_setup(sandbox=sandbox, setup_scripts=scripted).state == Sandbox.State.READY
    )


def test_only_what_runs_is_prepared_again(
    scripted: Any, fake: FakeEngine, student: Any, worker: Any
) -> None:
    sandbox = make_ready(student, worker, setup_scripts=scripted)
    lifecycle.end_sandbox(sandbox=sandbox)
    with pytest.raises(WrongState):
        lifecycle.retry_setup(sandbox=sandbox, setup_scripts=scripted)


def test_an_engine_that_refuses_is_a_script_that_fails(
    scripted: Any, fake: FakeEngine, student: Any, worker: Any
) -> None:
    fake.fail("run_script", EngineError("no exec"))
    assert machine_of(make_ready(student, worker, setup_scripts=scripted)).setup_results == {
        "first": "failed",
        "second": "done",
    }


@pytest.mark.parametrize("error", [Killed(), EngineUnavailable("restarting")])
def test_a_script_that_was_cut_off_runs_again_once_nobody_can_be_running_it(
    error: BaseException, scripted: Any, fake: FakeEngine, student: Any, worker: Any
) -> None:
    fake.fail("run_script", error)
    sandbox = ask(student, setup_scripts=scripted)
    if isinstance(error, Killed):
        run_until_killed(worker)
    worker.drain()
    recover(worker)
    sandbox.refresh_from_db()
    assert (sandbox.state, fake.scripts) == (Sandbox.State.STARTING, [])
    Sandbox.objects.update(leased_until=timezone.now())
    recover(worker)
    sandbox.refresh_from_db()
    assert (sandbox.state, scripts(fake)) == (Sandbox.State.READY, SCRIPTS)


def test_two_workers_do_not_run_the_same_script(
    scripted: Any, fake: FakeEngine, student: Any, worker: Any
) -> None:
    sandbox = ask(student, setup_scripts=scripted)

    def meanwhile(_machine: Any, _script: str, _seconds: int) -> int:
        other = Sandbox.objects.get(pk=sandbox.pk)
        assert not setup_scripts.run_setup_scripts(other, scripted)
        return 0

    fake.script_runner = meanwhile
    worker.drain()
    sandbox.refresh_from_db()
    assert (sandbox.state, scripts(fake)) == (Sandbox.State.READY, SCRIPTS)


def test_when_time_is_up_another_task_goes_on(
    scripted: Any, fake: FakeEngine, student: Any, worker: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(setup_scripts, "BEGIN_WITHIN_SECONDS", -1)
    sandbox = ask(student, setup_scripts=scripted)
    worker.run("sandboxes.provision")
    sandbox.refresh_from_db()
    assert (sandbox.state, fake.scripts) == (Sandbox.State.STARTING, [])
    monkeypatch.undo()
    setup_scripts.run_setup_scripts(sandbox, scripted)
    assert scripts(fake) == SCRIPTS


def test_a_machine_that_is_lost_meanwhile_is_replaced_and_prepared(
    scripted: Any, fake: FakeEngine, student: Any, worker: Any
) -> None:
    sandbox = ask(student, setup_scripts=scripted)

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
    assert (sandbox.state, scripts(fake)[-2:]) == (Sandbox.State.READY, SCRIPTS)
