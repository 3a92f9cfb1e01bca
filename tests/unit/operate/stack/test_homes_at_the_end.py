"""When the platform stops, students' homes are kept before their machines go."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from operate.stack import machines
from sandboxes.errors import EngineError
from sandboxes.models import Machine
from tests.support.factories import HostFactory, MachineFactory, SandboxFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def make_machine() -> Callable[..., Machine]:
    """Makes a machine in a state, in a student's sandbox or in none."""
    now = timezone.now()
    host = HostFactory(name="fake", docker_url="fake://homes")

    def make(state: str, *, owned: bool = True) -> Machine:
        user = UserFactory(username=f"user{Machine.objects.count()}")
        times = {"changed_at": now, "active_at": now, "expires_at": now + timedelta(hours=1)}
        sandbox = (
            SandboxFactory(user=user, lesson_key="c/l", state="ready", **times) if owned else None
        )
        return MachineFactory(
            host=host, kind="linux", name="box", state=state, sandbox=sandbox, changed_at=now
        )

    return make


@pytest.fixture
def kept_homes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The machines whose home was asked for."""
    machine_ids: list = []
    monkeypatch.setattr(machines, "keep_home", lambda machine: machine_ids.append(machine.pk))
    return machine_ids


def test_running_and_parked_machines_of_students_count_and_warm_ones_do_not(
    make_machine, kept_homes
):
    expected = {make_machine("claimed").pk, make_machine("parked").pk}
    make_machine("warm", owned=False)
    make_machine("gone")
    assert machines.keep_homes() == 2
    assert set(kept_homes) == expected


def test_one_that_fails_does_not_cost_the_others(make_machine, monkeypatch):
    first = make_machine("claimed")
    make_machine("claimed")

    def keep(machine: Machine) -> None:
        if machine.pk == first.pk:
            raise EngineError("its disk is gone")

    monkeypatch.setattr(machines, "keep_home", keep)
    assert machines.keep_homes() == 1
