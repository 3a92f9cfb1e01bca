"""Define what all checks of a machine's own Docker engine share.

Where a check asks several things, each that holds earns its share of the points.
"""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import Annotated

from pydantic import StringConstraints

from checks.base import BaseCheck, Requirement, machine_fault
from checks.evidence.docker_schema import DockerEvidence
from checks.evidence.docker_session import DockerSession, gather_docker
from checks.evidence.schema import Evidence
from checks.evidence.tasks import ALIVE, EvidenceTask, Subject
from core.specs.error_messages import shape
from core.specs.fields import OR_PLACEHOLDER
from core.specs.outcomes import CheckOutcome, EvidenceMissing, printable, quoted

SHOWN = 5  # items of a list that a student is shown

ObjectName = Annotated[
    str,
    StringConstraints(
        pattern=shape(
            r"^[A-Za-z0-9][A-Za-z0-9_.-]*$",
            "must be a name: letters, digits and _.- behind a letter or a digit",
        ),
        max_length=128,
    ),
    OR_PLACEHOLDER,
]
ImageName = Annotated[
    str,
    StringConstraints(
        pattern=shape(
            r"^[a-z0-9][A-Za-z0-9._/:@-]*$",
            "must be an image's name, as in nginx or registry:5000/app:2",
        ),
        max_length=255,
    ),
    OR_PLACEHOLDER,
]
# NAME=value, or NAME for any value.
Variable = Annotated[
    str,
    StringConstraints(
        pattern=shape(
            r"^[A-Za-z_][A-Za-z0-9_.]*(=[\s\S]*)?$", "must be NAME=value, or NAME for any value"
        ),
        max_length=1000,
    ),
    OR_PLACEHOLDER,
]


class DockerCheck(BaseCheck):
    """Check something by asking the machine's own Docker engine."""

    def plan_evidence(self, subject: Subject) -> Iterator[EvidenceTask]:
        """Plan to ask the engine, over one connection with all checks of it."""
        yield EvidenceTask("docker", gather_docker, ALIVE, (self.ask_engine,))

    def machine_fault(self, machine_kind: str | None) -> tuple[str, str] | None:
        """Return a fault in machines without a Docker engine."""
        return machine_fault(machine_kind, "has_engine", "asks the machine's Docker engine")

    @abstractmethod
    def ask_engine(self, session: DockerSession) -> None:
        """Ask the engine for what the check is about. Raises EngineError."""

    def unrelated_evidence(self) -> EvidenceMissing:
        """Return the error for evidence that was gathered for another check."""
        return EvidenceMissing(f"What {self.id} is about was not collected.")


def docker_of(evidence: Evidence) -> DockerEvidence:
    """Return what the engine answered. Raises EvidenceMissing when it did not."""
    if "docker" in evidence["errors"]:
        raise EvidenceMissing(evidence["errors"]["docker"])
    return evidence["docker"]


def fake_engine(docker: DockerEvidence, expected: str) -> CheckOutcome | None:
    """Return the outcome when what answered is not the machine's own engine.

    Then nothing that it answered counts.
    """
    if not docker["engine"]["fault"]:
        return None
    why = printable(docker["engine"]["fault"])
    observed = f"not the Docker engine that the machine came with: {why}"
    return CheckOutcome(passed=False, expected=expected, found=observed)


def with_tag(name: str) -> str:
    """Complete an image's name as engines do."""
    last = name.rpartition("/")[2]
    return name if ":" in last or "@" in last else f"{name}:latest"


def variable_requirements(
    variables: Sequence[str], environment: Sequence[str]
) -> Iterator[Requirement]:
    """Ask for each variable of an environment."""
    values = dict(entry.partition("=")[::2] for entry in environment)
    for variable in variables:
        name, equals_sign, value = variable.partition("=")
        observed = f"has no variable {name}"
        if name in values:
            observed = f"has {name} set to {quoted(values[name])}"
        yield Requirement(
            holds=name in values and (not equals_sign or values[name] == value),
            expected=f"has {variable} in its environment",
            found=observed,
        )
