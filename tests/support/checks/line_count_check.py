"""Define a kind of check that the platform does not have: one module is all that it takes.

What it gathers goes into the evidence's `other` section, under the kind's name.
"""

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

from pydantic import Field

from checks.base import BaseCheck, evidence_missing
from checks.evidence.schema import Evidence
from checks.evidence.tasks import ON_DISK, EvidenceTask, Subject
from checks.file import FilePath
from core.specs.outcomes import CheckOutcome
from sandboxes.engine.interface import SandboxEngine


class LineCountCheck(BaseCheck):
    """Check how many lines a file has."""

    kind: Literal["line-count"] = "line-count"
    path: Annotated[FilePath, Field(description="Whose lines are counted.")]
    lines: Annotated[int, Field(strict=True, ge=1, description="So many are there.")]

    def plan_evidence(self, subject: Subject) -> Iterator[EvidenceTask]:
        """Plan to count the file's lines, with those of other files."""
        yield EvidenceTask("line counts", gather_line_counts, ON_DISK, (self.path,))

    def evaluate(self, evidence: Evidence) -> CheckOutcome:
        """Compare the number of lines."""
        count = evidence.get("other", {}).get("line-count", {}).get(self.path)
        if count is None:
            raise evidence_missing(evidence, "line counts", f"{self.path} was not counted.")
        return CheckOutcome(
            passed=count == self.lines,
            expected=f"{self.path} has {self.lines} lines",
            found=f"{count} lines",
        )


def gather_line_counts(
    evidence: Evidence, subject: Subject, engine: SandboxEngine, paths: Sequence[str]
) -> None:
    """Count the lines of files, 0 where there is none."""
    counts = {}
    for path in paths:
        content = engine.read_file(subject.container_id, path).content or b""
        counts[path] = len(content.splitlines())
    evidence.setdefault("other", {})["line-count"] = counts
