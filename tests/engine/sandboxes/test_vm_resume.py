"""A virtual machine that starts from a saved state, on the real engine."""

import time
from collections.abc import Callable, Iterator

import pytest

from sandboxes.engine.interface import SandboxEngine
from tests.support.machines import TypedMachine, start_typed

pytestmark = pytest.mark.engine

PROMPT = "root@guest"
SECONDS = 120


def resume(engine: SandboxEngine) -> TypedMachine:
    machine = start_typed(engine, "vm-resume")
    machine.typist.until(PROMPT, SECONDS)
    machine.typist.until_prompt()
    return machine


@pytest.fixture(scope="module")
def machines(
    engine: SandboxEngine, need_image: Callable[[str], None]
) -> Iterator[list[TypedMachine]]:
    """Two of them, of the same saved state."""
    need_image("vm")
    resumed = [resume(engine), resume(engine)]
    yield resumed
    for machine in resumed:
        machine.typist.close()
        engine.remove_machine(machine.machine_id)


def test_resumed_guests_are_booted_and_apart(machines: list[TypedMachine]) -> None:
    first, second = machines
    assert b"Linux version" not in first.typist.output
    assert "Linux version" in first.say("dmesg | head -1")
    assert (
        abs(int(first.say("date +%s")) - time.time()) < 30
    )  # not the time at which the state was saved
    first.say("echo mine > /root/file")
    assert second.run("cat /root/file")[0] != 0
    random = "head -c 16 /dev/urandom | od -An -tx1"
    assert first.say(random) != second.say(random)


def test_after_power_off_it_boots_with_what_was_written(machines: list[TypedMachine]) -> None:
    machine = machines[0]
    machine.say("echo mine > /root/file; sync")
    after = len(machine.typist.output)
    machine.typist.type("poweroff\r")
    machine.typist.until("The machine is off", SECONDS, after)
    machine.typist.type("\r")
    machine.typist.until("Linux version", SECONDS, after)
    after = len(machine.typist.output)
    machine.typist.until(PROMPT, SECONDS, after)
    machine.typist.until_prompt()
    assert machine.say("cat /root/file") == "mine"
