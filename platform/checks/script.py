"""Check what an author's Python script makes of the rest of the evidence."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Annotated, Literal

from django.conf import settings
from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from checks.base import BaseCheck
from checks.evidence.schema import Evidence
from checks.evidence.script_runner import IMAGE, Job, is_current, output_key, run_jobs
from checks.evidence.tasks import SCRIPTED, EvidenceTask, Subject
from checks.file import FilePath, file_task
from checks.registry import CHECK_KINDS
from core.specs.outcomes import CheckOutcome, EvidenceMissing, printable
from sandboxes.engine.interface import SandboxEngine
from sandboxes.machine_types.images import tag_of

SHOWN = 500  # characters of a script's messages that a student is shown
INCOMPLETE = "It was not run, because something that it might read could not be gathered: {why}"


def refuse_bad_python(value: str) -> str:
    """Return a text that compiles. Raises PydanticCustomError for any other."""
    try:
        compile(value, "script", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise PydanticCustomError("python", "is not Python: {why}", {"why": str(error)}) from error
    return value


Python = Annotated[
    str,
    StringConstraints(min_length=1, max_length=20_000),
    AfterValidator(refuse_bad_python),
    Field(json_schema_extra={"format": "code"}),
]


@CHECK_KINDS.register(position=50)
class ScriptCheck(BaseCheck):
    """Check by a Python script that reads the evidence of all the exercise's checks.

    It prints what it makes of that, and of these files of the machine. It runs in a container of
    its own, never in the machine.
    """

    kind: Literal["script"] = "script"
    script: Annotated[Python, Field(description="Prints one JSON object with points and found.")]
    files: Annotated[
        tuple[FilePath, ...],
        Field(max_length=20, description="Files of the machine that it reads, one a line."),
    ] = ()
    timeout_seconds: Annotated[int, Field(strict=True, ge=1, le=20)] = 5

    def code(self) -> dict[str, str]:
        """Return what no student is shown, by field: a script that says nothing of itself."""
        return super().code() | ({} if '"expected"' in self.script else {"script": self.script})

    def plan_evidence(self, subject: Subject) -> Iterator[EvidenceTask]:
        """Plan to read its files, and to run it with the other scripts when the rest is there."""
        yield from map(file_task, self.files)
        yield EvidenceTask("scripts", gather_scripts, SCRIPTED, (self,))

    def plan_rerun(self, evidence: Evidence) -> Job | None:
        """Plan to run its script again, where that has changed and what it reads is there."""
        if is_current(self, evidence) or not all(path in evidence["files"] for path in self.files):
            return None
        return Job(self, evidence)

    def evaluate(self, evidence: Evidence) -> CheckOutcome:
        """Take over what the script printed."""
        if not is_current(self, evidence):
            errors = evidence["errors"]
            otherwise = f"The script of {self.id} was not run on this; `manage.py regrade` can."
            why = errors.get(f"script {self.id}", errors.get("scripts", otherwise))
            raise EvidenceMissing(why, errors.get(output_key(self.id), ""))
        printed = evidence["scripts"][self.id]
        return CheckOutcome(
            passed=printed["points"] >= self.points,
            expected=printable(printed["expected"], SHOWN) or "what the task asks for",
            found=printable(printed["found"], SHOWN),
            share=Fraction(printed["points"], self.points),
            message=printable(printed["message"], SHOWN),
        )


def gather_scripts(
    evidence: Evidence, _subject: Subject, engine: SandboxEngine, checks: Sequence[ScriptCheck]
) -> None:
    """Run the scripts in one container, unless something that they might read is missing."""
    if evidence["errors"]:
        why = next(iter(evidence["errors"].values()))
        evidence["errors"]["scripts"] = INCOMPLETE.format(why=why)
        return
    image = tag_of(settings.INSTALLATION, IMAGE)
    run_jobs([Job(check, evidence) for check in checks], engine, image=image)
