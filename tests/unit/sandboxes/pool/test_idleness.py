"""What counts as use keeps a sandbox from being parked; a minute before, its student is told."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone

from sandboxes import lifecycle
from sandboxes.docker_events.forwarder import EventForwarder, MachineOwner
from sandboxes.docker_events.parser import MachineEvent
from sandboxes.engine.fake.engine import FakeEngine
from sandboxes.errors import WrongState
from sandboxes.maintenance import idleness, reconciler
from sandboxes.models import Sandbox
from sandboxes.queries import sandbox_payload
from tests.support.sandboxes import machine_of


class Clock:
    """Stand in for the module `time`; while it passes, the machine uses a share of a processor."""

    def __init__(self) -> None:
        self.now = 0.0
        self.share = 0.0

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture(autouse=True)
def clock(fake: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    ask = fake.processor_seconds
    monkeypatch.setattr(idleness, "time", clock)
    monkeypatch.setattr(
        fake, "processor_seconds", lambda container: ask(container) + clock.now * clock.share
    )
    return clock


def let_idle(sandbox: Sandbox, *, minutes: float) -> None:
    Sandbox.objects.filter(pk=sandbox.pk).update(
        active_at=timezone.now() - timedelta(minutes=minutes)
    )
    sandbox.refresh_from_db()


def reconcile(sandbox: Sandbox, worker: Any) -> str:
    """One pass, as if the last look was long ago; returns the state that it leaves."""
    cache.delete(f"idle-watched-{sandbox.pk}")
    reconciler.reconcile()
    worker.drain()
    sandbox.refresh_from_db()
    return sandbox.state


@pytest.mark.parametrize(("share", "state"), [(0.9, "ready"), (0.2, "ready"), (0.01, "parked")])
def test_a_job_without_a_key_is_not_parked(
    ready: Sandbox, clock: Clock, worker: Any, share: float, state: str
) -> None:
    clock.share = share
    let_idle(ready, minutes=25)
    assert reconcile(ready, worker) == state
    if state == "ready":
        assert ready.active_at > timezone.now() - timedelta(minutes=1)


def test_what_has_used_the_processor_since_the_last_look_is_busy(
    ready: Sandbox, fake: FakeEngine, clock: Clock, worker: Any
) -> None:
    let_idle(ready, minutes=19.5)
    assert reconcile(ready, worker) == "ready"
    clock.now += 10
    fake.machines[str(machine_of(ready).pk)].processor_seconds += 5
    let_idle(ready, minutes=21)
    assert reconcile(ready, worker) == "ready"
    assert ready.active_at > timezone.now() - timedelta(minutes=1)


def test_a_job_does_not_outlast_the_lifetime(ready: Sandbox, clock: Clock, worker: Any) -> None:
    clock.share = 1.0
    Sandbox.objects.filter(pk=ready.pk).update(expires_at=timezone.now())
    assert reconcile(ready, worker) == "gone"


def test_an_engine_that_can_not_say_does_not_keep_it(
    ready: Sandbox, fake: FakeEngine, worker: Any
) -> None:
    let_idle(ready, minutes=21)
    fake.available = False
    cache.delete(f"idle-watched-{ready.pk}")
    reconciler.reconcile()
    worker.run("sandboxes.attend_idle")
    ready.refresh_from_db()
    assert ready.state == "parked"


def test_no_engine_is_asked_about_what_was_used_lately(
    ready: Sandbox, fake: FakeEngine, worker: Any
) -> None:
    let_idle(ready, minutes=17)
    reconcile(ready, worker)
    assert "processor_seconds" not in {method for method, _subject in fake.calls}


def test_a_minute_before_the_page_is_told_once(
    ready: Sandbox, worker: Any, payloads_sent: list[dict[str, Any]]
) -> None:
    assert sandbox_payload(ready)["parks_at"] is None
    let_idle(ready, minutes=19.5)
    del payloads_sent[:]
    reconcile(ready, worker)
    reconcile(ready, worker)
    told = [payload["parks_at"] for payload in payloads_sent]
    assert told == [(ready.active_at + timedelta(minutes=20)).isoformat()]


def test_one_click_stays(ready: Sandbox, worker: Any, payloads_sent: list[dict[str, Any]]) -> None:
    let_idle(ready, minutes=19.5)
    reconcile(ready, worker)
    lifecycle.keep_sandbox_awake(sandbox=ready)
    assert payloads_sent[-1]["parks_at"] is None
    assert ready.active_at > timezone.now() - timedelta(minutes=1)
    assert reconcile(ready, worker) == "ready"


def test_typing_takes_the_notice_away_and_is_silent_otherwise(
    ready: Sandbox, payloads_sent: list[dict[str, Any]]
) -> None:
    let_idle(ready, minutes=19.5)
    del payloads_sent[:]
    lifecycle.touch_sandbox(sandbox=ready)
    lifecycle.touch_sandbox(sandbox=ready)
    assert [payload["parks_at"] for payload in payloads_sent] == [None]


def test_what_sleeps_already_can_not_be_kept_awake(ready: Sandbox, worker: Any) -> None:
    let_idle(ready, minutes=21)
    reconcile(ready, worker)
    with pytest.raises(WrongState):
        lifecycle.keep_sandbox_awake(sandbox=ready)


def test_what_a_machines_engine_does_is_use(
    ready: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.events.publish", lambda **_event: None)
    let_idle(ready, minutes=10)
    machine = machine_of(ready)
    forwarder = EventForwarder(lifecycle.touch_machine)
    owner = MachineOwner(str(machine.pk), "box", ready.lesson_key, ready.user_id)
    forwarder._owners = {machine.container_id: owner}
    forwarder._queue.put((machine.container_id, MachineEvent("image-built", "app:1")))
    forwarder.forward(seconds=0.2)
    ready.refresh_from_db()
    noted = ready.active_at
    assert noted > timezone.now() - timedelta(minutes=1)
    forwarder._queue.put((machine.container_id, MachineEvent("image-built", "app:2")))
    forwarder.forward(seconds=0.2)
    ready.refresh_from_db()
    assert ready.active_at == noted
