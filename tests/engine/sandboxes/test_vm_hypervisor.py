"""A machine in which a student starts guests of their own and handles their disk images."""

import json
from collections.abc import Callable, Iterator

import pytest

from sandboxes.engine.interface import SandboxEngine
from tests.support.machines import TypedMachine, start_typed

pytestmark = pytest.mark.engine

SECONDS = 120


@pytest.fixture(scope="module")
def machine(engine: SandboxEngine, need_image: Callable[[str], None]) -> Iterator[TypedMachine]:
    need_image("vm")
    typed_machine = start_typed(engine, "hypervisor")
    typed_machine.typist.until_prompt()
    yield typed_machine
    typed_machine.typist.close()
    engine.remove_machine(typed_machine.machine_id)


@pytest.mark.parametrize("to", ["raw", "vmdk", "vdi", "qcow2"])
def test_disk_image_converts(machine: TypedMachine, to: str) -> None:
    machine.say("cd /root; [ -e small.qcow2 ] || qemu-img create -q -f qcow2 small.qcow2 8M")
    machine.say(f"qemu-img convert -O {to} small.qcow2 copy.{to}")
    disk_info = json.loads(machine.say(f"qemu-img info --output=json copy.{to}"))
    assert (disk_info["format"], disk_info["virtual-size"]) == (to, 8 * 1024 * 1024)


def test_guest_of_ones_own_starts_and_ends(machine: TypedMachine) -> None:
    typist, after = machine.typist, len(machine.typist.output)
    typist.type("vm-start\r")
    typist.until("Linux version", SECONDS, after)
    typist.until("root@guest", SECONDS, after)
    after = len(typist.output)
    typist.type("uname -r\r")
    typist.until("-cloud-amd64", SECONDS, after)
    after = len(typist.output)
    typist.type("\x01x")  # QEMU's own keys for its end
    typist.until("root@box", SECONDS, after)
    assert '"backing-filename"' in machine.say("qemu-img info --output=json ~/vm/disk.qcow2")
