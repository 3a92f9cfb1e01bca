"""Describe what is to be gathered, and from which machine."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from accounts.models import User
from checks.evidence.schema import Evidence
from sandboxes.docker_events.history import stored_history
from sandboxes.docker_events.parser import EngineEvent
from sandboxes.engine.interface import SandboxEngine
from sandboxes.machine_types.registry import machine_type
from sandboxes.models import Machine

# The order of tasks. Those of one order run side by side. What may pause the machine comes after
# what is alive, and what reads the rest of the evidence comes last.
ALIVE, ON_DISK, PAUSING, SCRIPTED = 0, 1, 2, 3


@dataclass(frozen=True)
class Subject:
    """Name the machine that evidence is of.

    `image` is its image's id, `kind` its kind, `checker` what checker_version() returns, `opened`
    when the machine became the student's (seconds since 1970). A student's machine has a row, its
    host selected with it, and a `student`; one that only tries checks out has neither.
    """

    container_id: str
    image: str
    kind: str = ""
    checker: str = ""
    opened: float = 0.0
    machine: Machine | None = None
    student: User | None = None

    @property
    def in_guest(self) -> bool:
        """Whether the student is in a guest, and can't reach the container around it."""
        return machine_type(self.kind).opens_in_guest

    @cached_property
    def history(self) -> Sequence[EngineEvent]:
        """Load what happened in the machine's Docker engine before its last start. One query.

        Ask for it in a plan: what gathers evidence may run in another thread.
        """
        return stored_history(self.machine) if self.machine else ()


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
