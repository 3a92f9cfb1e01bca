"""Bring several machines of a sandbox together, and leave no network behind."""

from typing import Any

import pytest

from sandboxes import lifecycle
from sandboxes.engine.fake.engine import FakeEngine
from sandboxes.errors import EngineError
from sandboxes.maintenance import reaper
from sandboxes.models import Machine, Sandbox
from sandboxes.provisioning import provisioner
from tests.support.factories import HostFactory
from tests.support.sandboxes import LESSON

TWO = [{"name": "web", "kind": "linux"}, {"name": "db", "kind": "linux"}]


def ask(user: Any) -> Sandbox:
    return lifecycle.request_sandbox(user=user, lesson_key=LESSON, machines=TWO)


def fresh(sandbox: Sandbox) -> Sandbox:
    sandbox.refresh_from_db()
    return sandbox


def names(fake: FakeEngine, sandbox: Sandbox) -> list[str]:
    return sorted(fake.shared[str(sandbox.pk)].values())


@pytest.fixture
def pair(fake: FakeEngine, worker: Any, student: Any) -> Sandbox:
    """A student's sandbox of two machines, ready."""
    sandbox = ask(student)
    worker.drain()
    assert fresh(sandbox).state == Sandbox.State.READY
    return sandbox


def test_cold_machines_join_and_have_their_names(fake: FakeEngine, pair: Sandbox) -> None:
    assert names(fake, pair) == ["db", "web"]
    assert fake.networks == set()
    assert {machine.spec.hostname for machine in fake.machines.values()} == {"web", "db"}
    assert {machine.network_id for machine in pair.machines.all()} == {f"x-{pair.pk}"}


def test_pooled_machines_are_claimed_at_once_and_joined_by_a_worker(
    fill_pool: Any, fake: FakeEngine, worker: Any, student: Any
) -> None:
    fill_pool(2)
    sandbox = ask(student)
    assert (sandbox.state, sandbox.machines.count(), fake.shared) == (Sandbox.State.STARTING, 2, {})
    worker.drain()
    assert fresh(sandbox).state == Sandbox.State.READY
    assert names(fake, sandbox) == ["db", "web"]


def test_one_machine_needs_no_call_to_the_engine(
    fill_pool: Any, fake: FakeEngine, worker: Any, student: Any
) -> None:
    fill_pool(1)
    fake.calls.clear()
    lifecycle.request_sandbox(user=student, lesson_key=LESSON, machines=TWO[:1])
    assert fake.calls == []
    worker.drain()
    assert fake.shared == {}


@pytest.mark.django_db(transaction=True)
def test_a_machine_bears_its_name_whether_it_is_new_or_of_the_pool(
    fill_pool: Any, fake: FakeEngine, worker: Any, student: Any
) -> None:
    fill_pool(1)
    [pooled] = fake.machines.values()
    assert (pooled.hostname, pooled.prompt_waits) == ("box", True)
    sandbox = lifecycle.request_sandbox(user=student, lesson_key=LESSON, machines=TWO[:1])
    assert (pooled.hostname, pooled.prompt_waits) == (TWO[0]["name"], False)
    worker.drain()
    lifecycle.reset_sandbox(sandbox=fresh(sandbox))
    worker.drain()
    assert {machine.hostname for machine in fake.machines.values()} >= {TWO[0]["name"]}


def test_network_goes_with_the_last_machine(fake: FakeEngine, pair: Sandbox, worker: Any) -> None:
    lifecycle.end_sandbox(sandbox=pair)
    worker.drain()
    assert (fresh(pair).state, fake.shared, fake.machines) == (Sandbox.State.GONE, {}, {})


def test_waking_keeps_them_together(fake: FakeEngine, pair: Sandbox, worker: Any) -> None:
    Sandbox.objects.update(active_at="2020-01-01T00:00:00Z")
    lifecycle.park_sandbox(fresh(pair))
    worker.drain()
    assert not any(machine.running for machine in fake.machines.values())
    lifecycle.wake_sandbox(sandbox=fresh(pair))
    worker.drain()
    assert fresh(pair).state == Sandbox.State.READY
    assert names(fake, pair) == ["db", "web"]


def test_lost_machine_is_replaced_and_joins(fake: FakeEngine, pair: Sandbox, worker: Any) -> None:
    lost = pair.machines.get(name="db")
    fake.lose(str(lost.pk))
    reaper.reap()
    worker.drain()
    assert fresh(pair).state == Sandbox.State.READY
    there = {
        machine.container_id: machine.name
        for machine in pair.machines.filter(state=Machine.State.CLAIMED)
    }
    assert fake.shared == {str(pair.pk): there}
    assert lost.container_id not in there


def test_machine_lost_before_it_joins_is_replaced(
    fill_pool: Any, fake: FakeEngine, worker: Any, student: Any
) -> None:
    fill_pool(2)
    sandbox = ask(student)
    fake.lose(str(sandbox.machines.get(name="web").pk))
    worker.drain()
    assert fresh(sandbox).state == Sandbox.State.READY
    assert names(fake, sandbox) == ["db", "web"]


def test_reset_gives_fresh_machines_in_the_network(
    fake: FakeEngine, pair: Sandbox, worker: Any
) -> None:
    before = set(fake.shared[str(pair.pk)])
    lifecycle.reset_sandbox(sandbox=pair)
    worker.drain()
    assert fresh(pair).state == Sandbox.State.READY
    assert names(fake, pair) == ["db", "web"]
    assert not before & set(fake.shared[str(pair.pk)])


def test_worker_killed_before_joining_leaves_it_to_the_next(
    fake: FakeEngine, worker: Any, student: Any
) -> None:
    from sandboxes.engine.fake.machine import Killed

    fake.fail("join_machines", Killed())
    sandbox = ask(student)
    with pytest.raises(Killed):
        worker.drain()
    assert fresh(sandbox).state == Sandbox.State.STARTING
    provisioner.provision_sandbox(sandbox)
    assert fresh(sandbox).state == Sandbox.State.READY
    assert names(fake, sandbox) == ["db", "web"]


def test_reaper_removes_a_network_that_nobody_knows(fake: FakeEngine, pair: Sandbox) -> None:
    fake.shared["00000000-0000-0000-0000-000000000000"] = {}
    reaper.reap()
    assert list(fake.shared) == [str(pair.pk)]


def test_reaper_brings_scattered_machines_together(fake: FakeEngine, pair: Sandbox) -> None:
    fake.shared.clear()
    reaper.reap()
    assert names(fake, pair) == ["db", "web"]


def test_network_that_can_not_be_removed_is_the_reapers(
    fake: FakeEngine, pair: Sandbox, worker: Any
) -> None:
    fake.fail("remove_shared_network", EngineError("busy"))
    lifecycle.end_sandbox(sandbox=pair)
    worker.drain()
    assert list(fake.shared) == [str(pair.pk)]
    reaper.reap()
    assert fake.shared == {}


def test_all_machines_come_from_one_host(fake: FakeEngine, worker: Any, student: Any) -> None:
    from sandboxes.models import Host

    Host.objects.update(machines_max=1)
    second = HostFactory(name="second", docker_url="fake://second", transport=Host.Transport.SOCKET)
    sandbox = ask(student)
    worker.drain()
    assert fresh(sandbox).state == Sandbox.State.READY
    assert set(sandbox.machines.values_list("host", flat=True)) == {second.pk}
