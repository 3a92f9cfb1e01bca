"""What all collectors share: where they look, and what they hand back to be done."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from checks.evidence.schema import Evidence
from sandboxes.docker_events.parser import EngineEvent
from sandboxes.machine_types.registry import machine_type
from sandboxes.registry.engine import RegistryEngine


@dataclass(frozen=True)
class Target:
    """The machine to look at. `image` is its image's id, `kind` its kind, `checker` what checker_version() says,
    `opened` when the machine became the student's (seconds since 1970), `owner` their name in the `registry`, if there
    is one, `happened` what is known of what happened in its Docker engine before it was last started."""

    container_id: str
    image: str
    kind: str = ""
    checker: str = ""
    opened: float = 0.0
    owner: str = ""
    registry: RegistryEngine | None = None
    happened: Sequence[EngineEvent] = ()

    @property
    def in_guest(self) -> bool:
        """Whether the student is in a virtual machine's guest, and the container around it is out of their reach."""
        return machine_type(self.kind).opens_in_guest


@dataclass(frozen=True)
class Piece:
    """Something to be gathered. `name` is what it is called under the document's `errors`; `gather` puts it into the
    document and raises EngineError or ProbeTooLarge. `order`: pieces of a lower one come first, those of the same side
    by side; what may pause the machine comes after what is alive, and what reads the document last."""

    name: str
    gather: Callable[[Evidence], None]
    order: int = 0


# Orders of pieces.
ALIVE, ON_DISK, PAUSING, SCRIPTED = 0, 1, 2, 3
