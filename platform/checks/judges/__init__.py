"""Checks: pure functions of a check's declaration and the stored evidence. No request, no database, no engine.

One module a family. To add a kind: its model in curriculum/checkspec, a collector in checks/evidence, a judge here.
A quiz's questions are judged in the same way, over the answers in the evidence.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from checks.evidence.schema import Evidence
from checks.judges.base import CheckResult, Finding, printable, quoted
from checks.judges.containers import judge_compose, judge_container
from checks.judges.files import judge_file
from checks.judges.guests import judge_guest, judge_vm
from checks.judges.images import judge_image, judge_registry
from checks.judges.measured import judge_measurement
from checks.judges.networks import judge_history, judge_network, judge_volume
from checks.judges.ports import judge_port
from checks.judges.processes import judge_command, judge_process
from checks.judges.questions import QUESTION_JUDGES
from checks.judges.scripted import judge_script
from checks.specs import (
    CommandCheck,
    ComposeCheck,
    ContainerCheck,
    FileCheck,
    GuestCheck,
    HistoryCheck,
    ImageCheck,
    MeasurementCheck,
    NetworkCheck,
    PortCheck,
    ProcessCheck,
    RegistryCheck,
    ScriptCheck,
    VmCheck,
    VolumeCheck,
)
from curriculum.schema.specs import Graded

__all__ = ["CheckResult", "Finding", "evaluate", "evaluate_all", "open_before", "printable", "quoted", "waiting"]

# A judge raises EvidenceMissing when what its check looks at was not gathered.
Judge = Callable[[Any, Evidence], Finding]
JUDGES: dict[type[Any], Judge] = {
    FileCheck: judge_file,
    CommandCheck: judge_command,
    ProcessCheck: judge_process,
    PortCheck: judge_port,
    ScriptCheck: judge_script,
    ContainerCheck: judge_container,
    ComposeCheck: judge_compose,
    ImageCheck: judge_image,
    RegistryCheck: judge_registry,
    NetworkCheck: judge_network,
    VolumeCheck: judge_volume,
    HistoryCheck: judge_history,
    VmCheck: judge_vm,
    GuestCheck: judge_guest,
    MeasurementCheck: judge_measurement,
    **QUESTION_JUDGES,
}


def evaluate(check: Graded, evidence: Evidence) -> CheckResult:
    """Hold one check against the evidence. Raises EvidenceMissing when what it looks at was not gathered."""
    return _result(check, JUDGES[type(check)](check, evidence))


def evaluate_all(checks: Iterable[Graded], evidence: Evidence) -> list[CheckResult]:
    """The results in the order of the checks. One whose `after` has not passed waits. Raises EvidenceMissing; then
    nothing is graded."""
    results: dict[str, CheckResult] = {}
    for check in checks:
        first = open_before(check, results)
        results[check.id] = waiting(check, first) if first else evaluate(check, evidence)
    return list(results.values())


def open_before(check: Graded, results: Mapping[str, CheckResult]) -> list[str]:
    """The checks that have to pass before this one and have not; `results` are of those above it."""
    return [name for name in check.after if name not in results or not results[name].passed]


def waiting(check: Graded, first: list[str]) -> CheckResult:
    """The result of a check that others have to pass before."""
    return replace(_result(check, Finding(passed=False, expected="", found="")), waits_for=first)


def _result(check: Graded, finding: Finding) -> CheckResult:
    return CheckResult(
        check=check.id,
        passed=finding.passed,
        points=check.points,
        earned=finding.earned(check.points),
        expected=finding.expected,
        found=finding.found,
        message="" if finding.passed else finding.message or check.message,
        read=check.read,
        hidden=check.hidden,
    )
