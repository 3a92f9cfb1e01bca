"""*Race* on real machines: a container and guests that really start, and leave nothing behind."""

from collections.abc import Callable, Iterator

import pytest

from panels.kinds.race import run_race
from panels.machine import ObservedMachine
from panels.races import guest
from panels.races.race import Race
from panels.topics.guest_processes import read_guest_processes
from panels.topics.process_tree import read_process_tree
from sandboxes.engine.interface import SandboxEngine
from sandboxes.machine_types.registry import machine_type
from tests.support.machines import TypedMachine, start_typed

pytestmark = [pytest.mark.engine, pytest.mark.timeout(400)]

BOOT_SECONDS = 240  # under emulation, on a machine that does much else


@pytest.fixture
def make(
    engine: SandboxEngine, need_image: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], TypedMachine]]:
    """Make machines of a type, with a terminal."""
    monkeypatch.setattr(guest, "BOOT_SECONDS", BOOT_SECONDS)
    machines = []

    def start(kind: str) -> TypedMachine:
        need_image(machine_type(kind).image)
        machines.append(start_typed(engine, kind))
        return machines[-1]

    yield start
    for machine in machines:
        machine.typist.close()
        engine.remove_machine(machine.machine_id)


def observed(machine: TypedMachine) -> ObservedMachine:
    return ObservedMachine(
        machine.machine_id,
        "m",
        machine.handle.container_id,
        machine.kind,
        machine.engine,
        1,
    )


def race_of(machine: TypedMachine) -> Race:
    race = Race()
    run_race(observed(machine), race)
    assert (race.state, race.error) == ("done", "")
    return race


def test_container_answers_with_its_machines_kernel_and_is_gone(
    engine: SandboxEngine, make: Callable[[str], TypedMachine]
) -> None:
    machine = make("docker")
    race = race_of(machine)
    assert race.kernel == machine.say("uname -r") == engine.cached_info().kernel
    assert race.facts["image"].startswith("drydock/debian")
    assert race.facts["names"] == ["1 sleep 60"]
    assert race.facts["processes"] == 1
    assert 0 < race.facts["memory"] < 20_000_000
    assert race.facts["disk_shared"] > 10_000_000
    assert machine.say("docker ps -aq") == ""


def test_guest_is_booted_beside_a_students_shell(
    engine: SandboxEngine, make: Callable[[str], TypedMachine]
) -> None:
    machine = make("hypervisor")
    race = race_of(machine)
    assert race.kernel.endswith("-cloud-amd64")
    assert race.kernel != engine.cached_info().kernel
    lines = [line for _at, line in race.log]
    assert any("Linux version" in line for line in lines)
    assert len(lines) > 30
    assert race.facts["memory"] > 50_000_000
    assert any(name.startswith("1 ") for name in race.facts["names"])
    assert race.facts["threads"] > 5
    assert machine.say("pgrep qemu-system; ls /tmp") == ""


def test_students_guest_is_restarted_in_its_own_terminal(
    engine: SandboxEngine, make: Callable[[str], TypedMachine]
) -> None:
    machine = make("vm")
    machine.typist.until("root@guest", BOOT_SECONDS)
    after = len(machine.typist.output)
    race = race_of(machine)
    assert race.kernel.endswith("-cloud-amd64")
    assert any("Linux version" in line for _at, line in race.log)
    assert race.facts["memory"] > 50_000_000
    assert race.facts["disk_shared"] > 10_000_000
    assert race.facts["processes"] >= 3
    machine.typist.until("root@guest", BOOT_SECONDS, after)
    # From outside it is one process; what runs in it, only the guest can say.
    names = {each["name"] for each in read_process_tree(observed(machine))["processes"]}
    assert any(name.startswith("qemu-system") for name in names)
    assert "bash" not in names
    inside = read_guest_processes(observed(machine))
    assert inside["kernel"] == race.kernel
    assert any("bash" in each["name"] for each in inside["processes"])
