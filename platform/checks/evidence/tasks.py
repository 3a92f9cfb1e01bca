"""Describe what is to be gathered, and from which machine."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from checks.evidence.schema import Evidence
from sandboxes.docker_events.parser import EngineEvent
from sandboxes.engine.interface import SandboxEngine
from sandboxes.machine_types.registry import machine_type
from sandboxes.registry.engine import RegistryEngine

# The order of tasks. Those of one order run side by side. What may pause the machine comes after
# what is alive, and what reads the rest of the evidence comes last.
ALIVE, ON_DISK, PAUSING, SCRIPTED = 0, 1, 2, 3


@dataclass(frozen=True)
class Subject:
    """Name the machine that evidence is of.

    `image` is its image's id, `kind` its kind, `checker` what checker_version() returns, `opened`
    when the machine became the student's (seconds since 1970), `owner` their name in the
    `registry`, if there is one, `history` what is known of what happened in the machine's Docker
    engine before it was last started.
    """

    container_id: str
    image: str
    kind: str = ""
    checker: str = ""
    opened: float = 0.0
    owner: str = ""
    registry: RegistryEngine | None = None
    history: Sequence[EngineEvent] = ()

    @property
    def in_guest(self) -> bool:
        """Whether the student is in a guest, and can't reach the container around it."""
        return machine_type(self.kind).opens_in_guest


# Puts the evidence for all items into the document. Raises EngineError, ProbeTooLarge.
Gather = Callable[[Evidence, Subject, SandboxEngine, Sequence[Any]], None]


@dataclass(frozen=True)
class EvidenceTask:
    """Plan to gather something for a check.

    `name` is what it is called under the document's `errors`. Tasks of the same name and function
    are done at once: `gather` gets the items of all of them, each once.
    """

    name: str
    gather: Gather
    order: int = ALIVE
    items: tuple[Any, ...] = ()
