"""Boot one machine of each kind: what an engine says is not what it does.

That is the last part of the host check.
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
    """Report one kind's boot.

    `seconds` until it was ready, None where it did not get there; `detail` says why, or how.
    """

    kind: str
    seconds: float | None
    detail: str

    def as_dict(self) -> dict[str, Any]:
        """Return its fields as `hostcheck --json` names them."""
        return {"kind": self.kind, "seconds": self.seconds, "words": self.detail}


def boot_each(engine: SandboxEngine, transport: Transport) -> list[BootResult]:
    """Start one machine of each kind, wait until it is ready, and remove it."""
    return [boot(engine, kind, transport) for kind in machine_types()]


def boot(engine: SandboxEngine, kind: MachineType, transport: Transport) -> BootResult:
    """Boot a machine of one kind; what the engine says no to is the result, never raised."""
    machine_id, began = str(uuid.uuid4()), time.monotonic()
    try:
        kind.refuse_on(engine.cached_info())
        image = engine.image(image_tag(kind.name))
        spec = machine_spec(kind.name, machine_id=machine_id, image=image, transport=transport)
        make_and_start(engine, spec)
        seconds, runtime = time.monotonic() - began, kind.runtime or "of the engine"
        return BootResult(kind.name, seconds, f"runtime {runtime}")
    except ImageMissing:
        return BootResult(kind.name, None, "its image is not built yet")
    except EngineError as error:
        return BootResult(kind.name, None, str(error))
    finally:
        engine.remove_machine(machine_id)


def format_boots(results: list[BootResult]) -> list[str]:
    """Return the results as text, one kind a line, as the host check's own."""
    lines = []
    for result in results:
        answer, text = "NO ", result.detail
        if result.seconds is not None:
            answer, text = "yes", f"ready in {result.seconds:.1f} s ({result.detail})"
        lines.append(f"  {answer}  {result.kind:<18} {text}")
    return lines
