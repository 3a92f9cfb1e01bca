"""Evaluate an exercise's checks and questions in their order: pure functions of the evidence."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Protocol

from core.specs.outcomes import CheckOutcome


@dataclass(frozen=True)
class CheckResult:
    """Hold one check's result: `earned` of `points`.

    `message` (empty when passed) and `read` are the author's; `expected` and `found` are bounded
    and hold printable characters only. `waits_for` names the checks that have to pass before this
    one is evaluated. Students are not told what a `hidden` check expected and found. `measured` is
    the outcome's.
    """

    check: str
    passed: bool
    points: int
    earned: int
    expected: str
    found: str
    message: str
    read: str
    waits_for: list[str] = field(default_factory=list)
    hidden: bool = False
    measured: tuple[float, float] | None = None

    def as_json(self) -> dict[str, Any]:
        """Return what is stored: everything but `measured`, which predictions keep."""
        stored = asdict(self)
        del stored["measured"]
        return stored


class Graded(Protocol):
    """Describe what gets a result: a check, or a question."""

    @property
    def id(self) -> str: ...
    @property
    def points(self) -> int: ...
    @property
    def message(self) -> str: ...
    @property
    def read(self) -> str: ...
    @property
    def describe(self) -> str | None: ...
    @property
    def after(self) -> tuple[str, ...]: ...
    @property
    def hidden(self) -> bool: ...
    def evaluate(self, evidence: Any, /) -> CheckOutcome:
        """Hold it against the evidence. Raises EvidenceMissing."""
        ...


def evaluate(check: Graded, evidence: Mapping[str, Any]) -> CheckResult:
    """Hold one check against the evidence.

    Raises EvidenceMissing when what it looks at was not gathered.
    """
    return result_of(check, check.evaluate(evidence))


def evaluate_all(checks: Iterable[Graded], evidence: Mapping[str, Any]) -> list[CheckResult]:
    """Return the results in the order of the checks; one whose `after` has not passed waits.

    Raises EvidenceMissing; then nothing is graded.
    """
    results: dict[str, CheckResult] = {}
    for check in checks:
        first = open_before(check, results)
        results[check.id] = waiting(check, first) if first else evaluate(check, evidence)
    return list(results.values())


def open_before(check: Graded, results: Mapping[str, CheckResult]) -> list[str]:
    """Return the checks that have to pass before this one and have not.

    `results` are of those above it.
    """
    return [name for name in check.after if name not in results or not results[name].passed]


def waiting(check: Graded, first: list[str]) -> CheckResult:
    """Return the result of a check that others have to pass before."""
    outcome = CheckOutcome(passed=False, expected="", found="")
    return replace(result_of(check, outcome), waits_for=first)


def result_of(check: Graded, outcome: CheckOutcome) -> CheckResult:
    """Build a check's result from its outcome and its author's texts."""
    return CheckResult(
        check=check.id,
        passed=outcome.passed,
        points=check.points,
        earned=outcome.earned(check.points),
        expected=(outcome.expected and check.describe) or outcome.expected,
        found=outcome.found,
        message="" if outcome.passed else outcome.message or check.message,
        read=check.read,
        hidden=check.hidden,
        measured=outcome.measured,
    )
