"""Check volumes of a machine's Docker engine."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from checks.base import AnyPath, Requirement, outcome_of
from checks.docker.engine import SHOWN, DockerCheck, ObjectName, docker_of, fake_engine
from checks.evidence.docker_schema import DockerEvidence
from checks.evidence.docker_session import DockerSession
from checks.evidence.schema import Evidence
from checks.registry import CHECK_KINDS
from core.specs.outcomes import CheckOutcome, quoted


@CHECK_KINDS.register(position=100)
class VolumeCheck(DockerCheck):
    """Check a volume by its name."""

    kind: Literal["volume"] = "volume"
    name: Annotated[ObjectName, Field(description="Its name, in the machine's own Docker engine.")]
    used_by: Annotated[
        ObjectName | None, Field(description="A container that has it mounted, running or not.")
    ] = None
    used_at: Annotated[AnyPath | None, Field(description="Where that container has it.")] = None

    def ask_engine(self, session: DockerSession) -> None:
        """Ask for the volume, and for the containers that may use it."""
        session.add_volume(self.name)

    def evaluate(self, evidence: Evidence) -> CheckOutcome:
        """Hold the volume, and where it is mounted, against what is asked."""
        docker, subject = docker_of(evidence), f"a volume {self.name}"
        if fake := fake_engine(docker, subject):
            return fake
        if self.name not in docker["volume"]:
            raise self.unrelated_evidence()
        if not docker["volume"][self.name]:
            return CheckOutcome(False, subject, "no volume of that name")
        if self.used_by is None and self.used_at is None:
            return CheckOutcome(True, subject, "it is there")
        mounts = list(self.mounts(docker))
        places = ", ".join([f"{container} at {path}" for container, path in mounts][:SHOWN])
        fits = any(
            self.used_by in (None, container) and self.used_at in (None, path)
            for container, path in mounts
        )
        at = f" at {self.used_at}" if self.used_at else ""
        expected = f"is mounted{at} in {self.used_by or 'a container'}"
        observed = f"is mounted in {quoted(places)}" if mounts else "is mounted in no container"
        return outcome_of(subject, [Requirement(fits, expected, observed)])

    def mounts(self, docker: DockerEvidence) -> Iterator[tuple[str, str]]:
        """Return which containers have the volume, and where."""
        for container in docker["containers"] or ():
            for mount in container["mounts"]:
                if mount["source"] == self.name:
                    yield container["name"], mount["target"]
