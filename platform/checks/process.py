"""Check what runs in a machine, as the host's kernel lists it."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from checks.base import BaseCheck, evidence_missing
from checks.evidence.schema import Evidence, ProcessEvidence
from checks.evidence.tasks import ALIVE, EvidenceTask, Subject
from checks.registry import CHECK_KINDS
from checks.wording import pattern_words
from core.specs import patterns
from core.specs.error_messages import shape
from core.specs.fields import OR_PLACEHOLDER, Regex
from core.specs.outcomes import CheckOutcome, clean_text, printable, quoted
from sandboxes.engine.interface import SandboxEngine

# A machine holds at most 256.
PROCESSES_MAX = 300
# A process's name, of which the kernel keeps 15 bytes.
CommandName = Annotated[
    str,
    StringConstraints(
        pattern=shape(
            r"^[^\s/\x00]+$", "must be a program's name, without its folder and without spaces"
        ),
        max_length=15,
    ),
    OR_PLACEHOLDER,
]


@CHECK_KINDS.register(position=30)
class ProcessCheck(BaseCheck):
    """Check that at least `min_count` processes of the machine are named `command`.

    If `args_match` is given, that regular expression is found in their command lines.
    """

    kind: Literal["process"] = "process"
    command: Annotated[
        CommandName, Field(description="The process's name, as in /proc/<pid>/comm.")
    ]
    args_match: Annotated[
        Regex | None, Field(description="A regular expression, found in the command line.")
    ] = None
    min_count: Annotated[int, Field(strict=True, ge=1, le=100)] = 1

    def plan_evidence(self, subject: Subject) -> Iterator[EvidenceTask]:
        """Plan to list what runs, once for all checks."""
        yield EvidenceTask("processes", gather_processes, ALIVE)

    def evaluate(self, evidence: Evidence) -> CheckOutcome:
        """Count the processes that fit."""
        processes = evidence["processes"]
        if processes is None:
            raise evidence_missing(
                evidence, "processes", "The machine's processes were not listed."
            )
        named = [process["args"] for process in processes if process["command"] == self.command]
        pattern = self.args_match
        fitting = [args for args in named if pattern is None or patterns.matches(pattern, args)]
        if fitting:
            observed = f"{len(fitting)} of them, the first started as {quoted(fitting[0])}"
        elif named:
            observed = f"{self.command} running as {quoted(named[0])}"
        else:
            names = sorted({process["command"] for process in processes})
            observed = f"none among those that run: {printable(', '.join(names))}"
        count, passed = self.min_count, len(fitting) >= self.min_count
        running = "a running process" if count == 1 else f"{count} running processes"
        fit = pattern_words(
            pattern or "",
            whole=" with the command line {}",
            part=" with {} in its command line",
            otherwise=" and started as the task asks" if pattern else "",
        )
        return CheckOutcome(passed, f"{running} named {self.command}{fit}", observed)


def gather_processes(
    evidence: Evidence, subject: Subject, engine: SandboxEngine, _items: Sequence[object]
) -> None:
    """List what runs; a list of more than PROCESSES_MAX is cut."""
    evidence["processes"] = [
        ProcessEvidence(
            pid=fact.pid,
            ppid=fact.ppid,
            uid=fact.uid,
            command=clean_text(fact.command)[:64],
            args=clean_text(fact.args)[:1000],
        )
        for fact in engine.processes(subject.container_id)[:PROCESSES_MAX]
    ]
