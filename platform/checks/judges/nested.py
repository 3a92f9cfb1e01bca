"""What judges of a machine's Docker engine share."""

from checks.evidence.docker_schema import DockerEvidence
from checks.evidence.schema import Evidence
from checks.judges.base import Finding, printable
from checks.specs import BaseCheck
from grading.errors import EvidenceMissing


def docker_of(evidence: Evidence) -> DockerEvidence:
    """What the engine said. Raises EvidenceMissing when it did not."""
    if "docker" in evidence["errors"]:
        raise EvidenceMissing(evidence["errors"]["docker"])
    return evidence["docker"]


def fake_engine(docker: DockerEvidence, expected: str) -> Finding | None:
    """The finding when what answered is not the machine's own engine: then nothing that it said counts."""
    if not docker["engine"]["fault"]:
        return None
    why = printable(docker["engine"]["fault"])
    return Finding(passed=False, expected=expected, found=f"not the Docker engine that the machine came with: {why}")


def not_looked_at(check: BaseCheck) -> EvidenceMissing:
    """For evidence that was gathered for another check."""
    return EvidenceMissing(f"What {check.id} is about was not looked at.")


def with_tag(name: str) -> str:
    """An image's name as engines complete it."""
    last = name.rpartition("/")[2]
    return name if ":" in last or "@" in last else f"{name}:latest"
