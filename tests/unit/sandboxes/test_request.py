"""Asking for a sandbox: at once from the pool, by a worker otherwise."""

from typing import Any

import pytest

from sandboxes import lifecycle
from sandboxes.engine.fake.engine import FakeEngine
from sandboxes.models import Machine, Sandbox
from sandboxes.queries import sandbox_payload
from tests.support.sandboxes import MACHINES, ask, machine_of, make_ready


def test_pooled_machine_makes_it_ready_in_the_request(
    fill_pool: Any, student: Any, worker: Any, payloads_sent: Any
) -> None:
    fill_pool(1)
    sandbox = ask(student)
    assert sandbox.state == Sandbox.State.READY
    assert machine_of(sandbox).state == Machine.State.CLAIMED
    assert [name for name, _ in worker.queue] == ["sandboxes.refill"]
    assert payloads_sent[-1]["state"] == "ready"


def test_cold_one_is_made_by_a_worker(
    fake: FakeEngine, student: Any, worker: Any, payloads_sent: Any
) -> None:
    sandbox = ask(student)
    assert sandbox.state == Sandbox.State.REQUESTED
    assert worker.queue[0] == ("sandboxes.provision", (str(sandbox.pk),))
    worker.drain()
    sandbox.refresh_from_db()
    assert (sandbox.state, sandbox.reason) == (Sandbox.State.READY, "")
    assert [payload["state"] for payload in payloads_sent][-2:] == ["starting", "ready"]
    machine = machine_of(sandbox)
    assert fake.machines[str(machine.pk)].running
    assert machine.socket_path


def test_asking_again_returns_the_live_one(fake: FakeEngine, student: Any, worker: Any) -> None:
    first = make_ready(student, worker)
    assert ask(student).pk == first.pk


def test_several_machines_come_together(fill_pool: Any, student: Any, worker: Any) -> None:
    fill_pool(1)
    sandbox = ask(student, [{"name": "a", "kind": "linux"}, {"name": "b", "kind": "linux"}])
    assert sandbox.state == Sandbox.State.REQUESTED
    assert sandbox.machines.count() == 0
    worker.drain()
    sandbox.refresh_from_db()
    assert sandbox.state == Sandbox.State.READY
    assert {machine.name for machine in sandbox.machines.all()} == {"a", "b"}


def test_payload_has_what_the_page_needs(ready: Sandbox) -> None:
    payload = sandbox_payload(ready)
    machine = machine_of(ready)
    assert payload["machines"] == [
        {
            "id": str(machine.pk),
            "name": "box",
            "kind": "linux",
            "image": machine.image,
            "accelerator": None,
            "terminal": f"/ws/terminals/{machine.pk}/",
        }
    ]
    assert payload["queue"] is None
    assert payload["extendable"] is True


def test_outdated_image_is_not_claimed(fill_pool: Any, fake: FakeEngine, student: Any) -> None:
    from sandboxes.engine.facts import ImageFact
    from tests.support.sandboxes import learn_images

    fill_pool(1)
    fake.images["drydock/linux:latest"] = ImageFact("sha256:linux-2", 300)
    learn_images()
    assert ask(student).state == Sandbox.State.REQUESTED


def test_missing_image_fails_with_a_reason(fake: FakeEngine, student: Any, worker: Any) -> None:
    fake.images.clear()
    sandbox = ask(student)
    worker.drain()
    sandbox.refresh_from_db()
    assert sandbox.state == Sandbox.State.FAILED
    assert "image" in sandbox.reason
    assert ask(student).pk != sandbox.pk


def test_machine_that_does_not_come_up_is_replaced_once(
    fake: FakeEngine, student: Any, worker: Any
) -> None:
    from sandboxes.errors import EngineError

    fake.fail("start_machine", EngineError("refused"))
    sandbox = ask(student)
    worker.drain()
    sandbox.refresh_from_db()
    assert sandbox.state == Sandbox.State.READY
    assert len(fake.machines) == 1


def test_second_failure_fails_the_sandbox(fake: FakeEngine, student: Any, worker: Any) -> None:
    from sandboxes.errors import EngineError

    fake.fail("wait_for_shell", EngineError("no shell"), times=2)
    sandbox = ask(student)
    worker.drain()
    sandbox.refresh_from_db()
    assert sandbox.state == Sandbox.State.FAILED
    assert "Try again" in sandbox.reason
    assert fake.machines == {}


def test_dead_broker_does_not_fail_the_request(
    fake: FakeEngine, student: Any, monkeypatch: Any
) -> None:
    from kombu.exceptions import OperationalError

    from core import task_queue

    def refuse(*_: Any, **__: Any) -> None:
        raise OperationalError("connection refused")

    monkeypatch.undo()
    monkeypatch.setattr("celery.canvas.Signature.apply_async", refuse)
    assert ask(student).state == Sandbox.State.REQUESTED
    assert task_queue.hand_to_broker.__module__ == "core.task_queue"


def test_queries_of_a_warm_request_are_few(
    fill_pool: Any, student: Any, django_assert_max_num_queries: Any
) -> None:
    fill_pool(2)
    with django_assert_max_num_queries(30):
        ask(student)


@pytest.mark.parametrize("lesson", ["../up/x", "a/b c"])
def test_lesson_names_that_are_no_file_names_are_refused(
    fake: FakeEngine, student: Any, lesson: str
) -> None:
    with pytest.raises(ValueError, match="not a lesson"):
        lifecycle.request_sandbox(user=student, lesson_key=lesson, machines=MACHINES)
