"""Boot one machine of each type, to test what the engine claims.

The host check does that last.
"""

import time
import uuid
from dataclasses import dataclass
from typing import Any

from sandboxes.engine.facts import Transport
from sandboxes.engine.interface import SandboxEngine
from sandboxes.errors import EngineError, ImageMissing
from sandboxes.machine_types.base import MachineType
from sandboxes.machine_types.images import image_tag
from sandboxes.machine_types.registry import machine_types
from sandboxes.provisioning.boot import machine_spec, make_and_start


@dataclass(frozen=True)
class BootResult:
    """Report the boot of one type's machine.

    `seconds` until it was ready, None where it did not get there; `detail` says why, or how.
    """

    machine_type: str
    seconds: float | None
    detail: str

    def as_dict(self) -> dict[str, Any]:
        """Return its fields as `hostcheck --json` names them."""
        return {"kind": self.machine_type, "seconds": self.seconds, "words": self.detail}


def boot_each(engine: SandboxEngine, transport: Transport) -> list[BootResult]:
    """Start one machine of each type, wait until it is ready, and remove it."""
    return [boot(engine, each, transport) for each in machine_types()]


def boot(engine: SandboxEngine, machine_type: MachineType, transport: Transport) -> BootResult:
    """Boot a machine of one type; what the engine says no to is the result, never raised."""
    machine_id, began = str(uuid.uuid4()), time.monotonic()
    try:
        machine_type.refuse_on(engine.cached_info())
        image = engine.image(image_tag(machine_type.name))
        spec = machine_spec(
            machine_type.name, machine_id=machine_id, image=image, transport=transport
        )
        make_and_start(engine, spec)
        seconds, runtime = time.monotonic() - began, machine_type.runtime or "of the engine"
        return BootResult(machine_type.name, seconds, f"runtime {runtime}")
    except ImageMissing:
        return BootResult(machine_type.name, None, "its image is not built yet")
    except EngineError as error:
        return BootResult(machine_type.name, None, str(error))
    finally:
        engine.remove_machine(machine_id)


def format_boots(results: list[BootResult]) -> list[str]:
    """Return the results as text, one type a line, as the host check's own."""
    lines = []
    for result in results:
        answer, text = "NO ", result.detail
        if result.seconds is not None:
            answer, text = "yes", f"ready in {result.seconds:.1f} s ({result.detail})"
        lines.append(f"  {answer}  {result.machine_type:<18} {text}")
    return lines
