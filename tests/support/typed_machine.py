"""A machine of any kind on the real engine, used as a student does: by typing into its terminal."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field

from sandboxes.engine.facts import MachineHandle
from sandboxes.engine.interface import SandboxEngine
from sandboxes.machine_types.base import MachineType
from sandboxes.machine_types.images import image_tag
from sandboxes.machine_types.registry import machine_type
from sandboxes.provisioning.boot import machine_spec, make_and_start, start
from tests.support.clients.ptyd import Typist


def reached(machine: "TypedMachine", targets: Iterable[tuple[str, int]]) -> list[str]:
    """Those of some addresses and ports that can be connected to, all tried at once."""
    tries = " ".join(
        f"(timeout 3 bash -c '</dev/tcp/{address}/{port}' 2>/dev/null && echo {address}:{port}) &"
        for address, port in targets
    )
    return machine.run(f"({tries} wait)")[1].split()


@dataclass
class TypedMachine:
    """A machine that runs, with a student at its terminal."""

    engine: SandboxEngine
    kind: MachineType
    machine_id: str
    handle: MachineHandle
    typist: Typist = field(init=False)

    def look(self) -> None:
        """Open its first terminal."""
        self.typist = Typist(self.handle.socket_path)

    def run(self, command: str, seconds: float = 60) -> tuple[int, str]:
        return self.typist.run(command, seconds)

    def say(self, command: str, seconds: float = 60) -> str:
        return self.typist.say(command, seconds)

    def again(self) -> None:
        """Start it after a stop, ready, with a new terminal."""
        start(self.engine, self.handle, self.kind.name)
        self.look()


def start_typed(engine: SandboxEngine, kind_name: str, *, look: bool = True) -> TypedMachine:
    """A ready machine; without `look` its terminal is not open yet, and there is no typist. Remove it with
    engine.remove_machine(machine.machine_id)."""
    kind, machine_id = machine_type(kind_name), str(uuid.uuid4())
    image = engine.image(image_tag(kind.name))
    handle = make_and_start(
        engine, machine_spec(kind.name, machine_id=machine_id, image=image, transport="socket")
    )
    made = TypedMachine(engine, kind, machine_id, handle)
    if look:
        made.look()
    return made
