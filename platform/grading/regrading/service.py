"""Grade stored evidence again, with the checks as they are now.

No sandbox takes part, and an engine only for scripts that were changed, which run over the stored
evidence. A submission whose evidence lacks what a check looks at stays as it is: it takes a new
attempt. So does a submission whose score would fall, unless lower scores are allowed. A score that
was set by hand stays, whatever the checks say.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from checks.evidence.schema import Evidence, load_evidence
from checks.results import CheckResult, evaluate, open_before, waiting
from core.specs.outcomes import EvidenceMissing
from curriculum.schema.specs import Graded
from grading.assignments import assignment_reader
from grading.models import ResultVersion, Submission
from grading.regrading.scripts import Rerun, rerun_scripts
from grading.regrading.versions import Replacement, locked, replace

BATCH = 100
CORRECTED = "The exercise's checks were corrected."

Kind = Literal["same", "changed", "lower", "needs attempt"]


@dataclass(frozen=True)
class CheckChange:
    """Compare a check's points, as in "2 of 3", or "–" where there is no such check."""

    check: str
    before: str
    after: str


@dataclass(frozen=True)
class Marks:
    """Hold a submission's score."""

    score: int
    points: int
    passed: bool

    def __str__(self) -> str:
        return f"{self.score} of {self.points}"


@dataclass(frozen=True)
class Verdict:
    """Hold the outcome of grading a submission again.

    `missing` says what the evidence lacks; then nothing changes, and `after` means nothing.
    "changed" may be the messages alone, with the same score.
    """

    submission: Submission
    kind: Kind
    before: Marks
    after: Marks
    results: Sequence[dict[str, Any]]
    changes: tuple[CheckChange, ...]
    missing: tuple[str, ...]
    evidence: Evidence | None = None  # with new outcomes of scripts

    @property
    def notable(self) -> bool:
        """Whether somebody should read it: more than messages would change."""
        return (
            bool(self.changes or self.missing) or self.kind == "lower" or self.before != self.after
        )


def select_submissions(
    *, course: str = "", lesson: str = "", exercise: str = "", user: str = ""
) -> QuerySet[Submission]:
    """Select graded submissions by slugs and user name; what is empty does not matter.

    `lesson` may be course/lesson.
    """
    if "/" in lesson:
        course, _, lesson = lesson.partition("/")
    filters = {
        "exercise__lesson__course__slug": course,
        "exercise__lesson__slug": lesson,
        "exercise__slug": exercise,
        "user__username": user,
    }
    graded = Submission.objects.filter(state=Submission.State.GRADED)
    return graded.filter(**{name: value for name, value in filters.items() if value})


def plan(submissions: QuerySet[Submission], *, rerun: Rerun | None = None) -> Iterator[Verdict]:
    """Work out what regrading would do, oldest submissions first; change nothing.

    Two statements, and memory for BATCH submissions. Without `rerun`, changed scripts are not run
    again.
    """
    rows = submissions.select_related("exercise__lesson__course", "user").order_by(
        "created_at", "pk"
    )
    read = assignment_reader()
    iterator = rows.iterator(chunk_size=BATCH)
    while batch := list(islice(iterator, BATCH)):
        fresh = rerun_scripts(batch, read, rerun)
        for submission in batch:
            yield verdict_of(submission, read(submission).spec.graded, fresh.get(submission.pk))


def regrade(
    ids: Sequence[UUID],
    *,
    by: User | None,
    reason: str = CORRECTED,
    allow_lower: bool = False,
    rerun: Rerun | None = None,
) -> Iterator[list[Verdict]]:
    """Regrade submissions, a batch in each transaction, and yield its verdicts.

    Submissions that have changed since plan() are judged as they are now. Runs as it is read.
    """
    read = assignment_reader()
    for start in range(0, len(ids), BATCH):
        batch = ids[start : start + BATCH]
        # Scripts run before anything is locked.
        fresh = rerun_scripts(graded_submissions(batch), read, rerun) if rerun else {}
        with transaction.atomic():
            verdicts = [
                verdict_of(row, read(row).spec.graded, fresh.get(row.pk)) for row in locked(batch)
            ]
            applied = [verdict for verdict in verdicts if is_applied(verdict, allow_lower)]
            replace(
                [replacement_of(verdict, reason) for verdict in applied], by=by, lower=allow_lower
            )
        yield verdicts


def is_applied(verdict: Verdict, allow_lower: bool) -> bool:
    """Whether regrading writes this verdict."""
    return verdict.kind == "changed" or (allow_lower and verdict.kind == "lower")


def graded_submissions(ids: Sequence[UUID]) -> QuerySet[Submission]:
    """Select graded submissions with all that an assignment takes."""
    rows = Submission.objects.filter(pk__in=ids, state=Submission.State.GRADED)
    return rows.select_related("exercise__lesson__course", "user")


def verdict_of(
    submission: Submission, checks: Iterable[Graded], fresh: Evidence | None = None
) -> Verdict:
    """Grade a submission's stored evidence with these checks and questions.

    `fresh` is what the evidence has become by running scripts again.
    """
    results, missing = evaluate_stored(checks, fresh or load_evidence(submission.evidence))
    stored = [result.as_json() for result in results]
    before = Marks(submission.score, submission.points, submission.passed)
    after = marks_after(submission, results)
    is_lower = after.score < before.score or (before.passed and not after.passed)
    same = stored == submission.results and before == after and fresh is None
    return Verdict(
        submission=submission,
        kind="needs attempt" if missing else "lower" if is_lower else "same" if same else "changed",
        before=before,
        after=after,
        results=stored,
        changes=() if missing else changes_between(submission.results, stored),
        missing=missing,
        evidence=fresh,
    )


def marks_after(submission: Submission, results: Sequence[CheckResult]) -> Marks:
    """Return a submission's marks with these results.

    A score that was set by hand stays, unless there are not so many points any more.
    """
    points = sum(result.points for result in results)
    if submission.override_reason:
        score = min(submission.score, points)
        return Marks(score, points, submission.passes_by_hand(score, points))
    earned = sum(result.earned for result in results)
    return Marks(submission.worth(earned), points, passed=earned == points)


def evaluate_stored(
    checks: Iterable[Graded], evidence: Evidence
) -> tuple[list[CheckResult], tuple[str, ...]]:
    """Evaluate as evaluate_all() does, but name every gap in the evidence."""
    results: dict[str, CheckResult] = {}
    missing = []
    for check in checks:
        try:
            first = open_before(check, results)
            results[check.id] = waiting(check, first) if first else evaluate(check, evidence)
        except EvidenceMissing as gap:
            missing.append("\n".join(filter(None, (f"{check.id}: {gap}", gap.detail))))
    return list(results.values()), tuple(missing)


def changes_between(
    before: Sequence[dict[str, Any]], after: Sequence[dict[str, Any]]
) -> tuple[CheckChange, ...]:
    """List the checks of which more or less was earned, or that came or went."""
    old, new = (
        {result["check"]: f"{result['earned']} of {result['points']}" for result in results}
        for results in (before, after)
    )
    return tuple(
        CheckChange(check, old.get(check, "–"), new.get(check, "–"))
        for check in dict.fromkeys([*old, *new])
        if old.get(check) != new.get(check)
    )


def replacement_of(verdict: Verdict, reason: str) -> Replacement:
    """Make the replacement of a submission from its verdict."""
    submission = verdict.submission
    return Replacement(
        submission=submission,
        cause=ResultVersion.Cause.REGRADED,
        reason=reason,
        score=verdict.after.score,
        points=verdict.after.points,
        passed=verdict.after.passed,
        results=list(verdict.results),
        exercise_version=submission.exercise.version,
        override_reason=submission.override_reason,
        evidence=verdict.evidence,
    )
