"""Checks: pure functions of a check's declaration and the stored evidence. No request, no database, no engine.

One module a family. To add a kind: its model in curriculum/checkspec, a collector in grading/evidence, a judge here.
A quiz's questions are judged in the same way, over the answers in the evidence.
"""

from collections.abc import Callable, Iterable
from typing import Any

from curriculum.checkspec import CommandCheck, FileCheck, MeasurementCheck, ProcessCheck
from curriculum.schema import Graded
from grading.checks.base import CheckResult, Finding, printable, quoted
from grading.checks.files import judge_file
from grading.checks.measured import judge_measurement
from grading.checks.processes import judge_command, judge_process
from grading.checks.questions import QUESTION_JUDGES
from grading.document import Evidence

__all__ = ["CheckResult", "Finding", "evaluate", "evaluate_all", "printable", "quoted"]

# A judge raises EvidenceMissing when what its check looks at was not gathered.
Judge = Callable[[Any, Evidence], Finding]
JUDGES: dict[type[Any], Judge] = {
    FileCheck: judge_file,
    CommandCheck: judge_command,
    ProcessCheck: judge_process,
    MeasurementCheck: judge_measurement,
    **QUESTION_JUDGES,
}


def evaluate(check: Graded, evidence: Evidence) -> CheckResult:
    """Hold one check against the evidence. Raises EvidenceMissing when what it looks at was not gathered."""
    finding = JUDGES[type(check)](check, evidence)
    return CheckResult(
        check=check.id,
        passed=finding.passed,
        points=check.points,
        earned=finding.earned(check.points),
        expected=finding.expected,
        found=finding.found,
        message="" if finding.passed else check.message,
        read=check.read,
    )


def evaluate_all(checks: Iterable[Graded], evidence: Evidence) -> list[CheckResult]:
    """The results in the order of the checks. Raises EvidenceMissing; then nothing is graded."""
    return [evaluate(check, evidence) for check in checks]
