"""Booting one machine of each kind, as the last word of the host check: what an engine says is not what it does."""

import time
import uuid
from dataclasses import dataclass

from sandboxes.engine.facts import Transport
from sandboxes.engine.interface import SandboxEngine
from sandboxes.errors import EngineError, ImageMissing
from sandboxes.machine_types.base import MachineType
from sandboxes.machine_types.images import image_tag
from sandboxes.machine_types.registry import machine_types
from sandboxes.provisioning.boot import machine_spec, make_and_start


@dataclass(frozen=True)
class Boot:
    """One kind's boot. `seconds` until it was ready, None where it did not get there; `words` say why, or how."""

    kind: str
    seconds: float | None
    words: str


def boot_each(engine: SandboxEngine, transport: Transport) -> list[Boot]:
    """Start one machine of each kind, wait until it is ready, and remove it."""
    return [boot(engine, kind, transport) for kind in machine_types()]


def boot(engine: SandboxEngine, kind: MachineType, transport: Transport) -> Boot:
    """Never raises for what the engine says no to: that is the answer."""
    machine_id, began = str(uuid.uuid4()), time.monotonic()
    try:
        kind.refuse_on(engine.cached_info())
        _start(engine, kind, machine_id, transport)
        return Boot(kind.name, time.monotonic() - began, f"runtime {kind.runtime or 'of the engine'}")
    except ImageMissing:
        return Boot(kind.name, None, "its image is not built yet")
    except EngineError as error:
        return Boot(kind.name, None, str(error))
    finally:
        engine.remove_machine(machine_id)


def _start(engine: SandboxEngine, kind: MachineType, machine_id: str, transport: Transport) -> None:
    image = engine.image(image_tag(kind.name))
    make_and_start(engine, machine_spec(kind.name, machine_id=machine_id, image=image, transport=transport))


def lines(boots: list[Boot]) -> list[str]:
    """One kind a line, as the host check's own."""
    return [
        f"  {'NO ' if one.seconds is None else 'yes'}  {one.kind:<18} "
        + (one.words if one.seconds is None else f"ready in {one.seconds:.1f} s ({one.words})")
        for one in boots
    ]
