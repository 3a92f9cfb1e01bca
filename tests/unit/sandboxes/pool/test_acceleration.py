"""Guests run on KVM where the operator allows it and one has booted on it, on emulation else; the
page says which."""

from typing import Any

import pytest

from accounts.models import User
from curriculum import tasks as curriculum_tasks
from sandboxes import lifecycle
from sandboxes.engine.facts import ImageFact, SmokeTestResult
from sandboxes.engine.fake.engine import FakeEngine
from sandboxes.errors import EngineError, EngineUnavailable
from sandboxes.hosts import register_default_host
from sandboxes.machine_types.registry import machine_type
from sandboxes.maintenance import reconciler
from sandboxes.models import Host, Sandbox
from sandboxes.pool import kvm
from sandboxes.queries import latest_payload, sandbox_payload
from tests.support.sandboxes import LESSON, URL, Worker

BOOTED = SmokeTestResult(0, "a guest booted on KVM")
KINDS = ("vm", "hypervisor", "linux")


@pytest.fixture
def host(fake: FakeEngine, settings: Any) -> Host:
    """A host that has the image of virtual machines, and an operator who allows KVM to one of the
    kinds."""
    settings.KVM_KINDS = ["vm"]
    settings.POOL = dict.fromkeys(KINDS, 0)
    fake.images["drydock/vm:latest"] = ImageFact("sha256:vm-1", 300)
    return Host.objects.get()


def refill(worker: Worker, host: Host) -> Host:
    curriculum_tasks.refill()
    worker.drain()
    host.refresh_from_db()
    return host


def open_lesson(worker: Worker, student: User) -> Sandbox:
    machines = [{"name": kind, "kind": kind} for kind in KINDS]
    sandbox = lifecycle.request_sandbox(user=student, lesson_key=LESSON, machines=machines)
    worker.drain()
    sandbox.refresh_from_db()
    assert sandbox.state == Sandbox.State.READY
    return sandbox


def devices(fake: FakeEngine) -> dict[str, tuple[str, ...]]:
    return {machine.spec.kind: machine.spec.limits.devices for machine in fake.machines.values()}


def test_kinds_that_may_get_the_device_once_a_guest_has_booted(
    fake: FakeEngine, host: Host, worker: Worker, student: User
) -> None:
    fake.smoke_test_result = BOOTED
    assert refill(worker, host).kvm_works
    sandbox = open_lesson(worker, student)
    assert devices(fake) == {"vm": ("/dev/kvm",), "hypervisor": (), "linux": ()}
    for payload in (sandbox_payload(sandbox), latest_payload(student, LESSON)):
        assert payload is not None
        assert payload["accelerator"] == "kvm"
        accelerators = {machine["name"]: machine["accelerator"] for machine in payload["machines"]}
        assert accelerators == {"vm": "kvm", "hypervisor": "tcg", "linux": None}


@pytest.mark.parametrize(
    "fault", ["a guest that does not boot", "no such device", "an image without the program"]
)
def test_without_a_boot_everything_emulates_and_the_host_says_why(
    fake: FakeEngine, host: Host, worker: Worker, student: User, fault: str
) -> None:
    if fault == "a guest that does not boot":
        fake.smoke_test_result = SmokeTestResult(1, fault)
    else:
        fake.fail("smoke_test", EngineError(fault))
    refill(worker, host)
    assert (host.kvm_works, host.kvm_message) == (False, fault)
    sandbox = open_lesson(worker, student)
    assert set(devices(fake).values()) == {()}
    assert sandbox_payload(sandbox)["accelerator"] == "tcg"


def test_nobody_tries_where_it_is_not_allowed(
    fake: FakeEngine, host: Host, worker: Worker, settings: Any
) -> None:
    settings.KVM_KINDS = []
    refill(worker, host)
    assert "smoke_test" not in [name for name, _ in fake.calls]
    host.kvm_works = True  # from a time when it was
    assert machine_type("vm").accelerator(kvm_works=host.kvm_works) == "tcg"


def test_tried_once_an_image_and_once_a_start(fake: FakeEngine, host: Host, worker: Worker) -> None:
    def trials() -> int:
        refill(worker, host)
        refill(worker, host)
        return [name for name, _ in fake.calls].count("smoke_test")

    assert trials() == 1
    kvm.try_kvm_on_host(
        host, ImageFact("sha256:vm-1", 300)
    )  # another worker, which has read the row earlier
    assert trials() == 1
    fake.images["drydock/vm:latest"] = ImageFact("sha256:vm-2", 300)
    assert trials() == 2
    register_default_host(docker_url=URL, transport="socket")
    assert trials() == 3


def test_engine_that_is_away_is_asked_again(fake: FakeEngine, host: Host, worker: Worker) -> None:
    fake.fail("smoke_test", EngineUnavailable("away"))
    with pytest.raises(EngineUnavailable):
        refill(worker, host)
    fake.smoke_test_result = BOOTED
    reconciler.reconcile()
    worker.drain()
    host.refresh_from_db()
    assert host.kvm_works


def test_machine_keeps_what_it_was_made_with(
    fake: FakeEngine, host: Host, worker: Worker, student: User
) -> None:
    """A container can't be given a device later, so what the page says belongs to the machine."""
    sandbox = open_lesson(worker, student)
    fake.smoke_test_result = BOOTED
    Host.objects.update(kvm_trial_image="")
    refill(worker, host)
    assert host.kvm_works
    assert sandbox_payload(sandbox)["accelerator"] == "tcg"
