"""Grading stored evidence again, with the checks as they are now. No sandbox takes part, and no engine but for scripts
that were changed, which run over the stored evidence.

A submission whose evidence lacks what a check looks at stays as it is: it takes a new attempt. So does one whose score
would fall, unless that is asked for. A score that was set by hand stays, whatever the checks say.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any, Literal
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from checks.evidence.schema import Evidence, load_evidence
from checks.judges import CheckResult, evaluate, open_before, waiting
from curriculum.schema.specs import Graded
from grading.errors import EvidenceMissing
from grading.models import ResultVersion, Submission
from grading.regrading.scripts import Rerun, rerun_scripts
from grading.regrading.versions import Replacement, locked, replace
from grading.variants import spec_with, values_graded_with

BATCH = 100
CORRECTED = "The exercise's checks were corrected."

Kind = Literal["same", "changed", "lower", "needs attempt"]


@dataclass(frozen=True)
class CheckChange:
    """One check of which more or less was earned, or that came or went: "2 of 3", or "–" where it is not."""

    check: str
    before: str
    after: str


@dataclass(frozen=True)
class Marks:
    """What a submission has."""

    score: int
    points: int
    passed: bool

    def __str__(self) -> str:
        return f"{self.score} of {self.points}"


@dataclass(frozen=True)
class Verdict:
    """What grading again gives for one submission. `missing` says what the evidence lacks; then nothing changes, and
    `after` means nothing. "changed" may be the words alone, with the same score."""

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
        """Whether somebody should read it: more than words would change."""
        return bool(self.changes or self.missing) or self.kind == "lower" or self.before != self.after


def select_submissions(
    *, course: str = "", lesson: str = "", exercise: str = "", user: str = ""
) -> QuerySet[Submission]:
    """Graded submissions, by slugs and user name; what is empty does not matter. `lesson` may be course/lesson."""
    if "/" in lesson:
        course, _, lesson = lesson.partition("/")
    wanted = {
        "exercise__lesson__course__slug": course,
        "exercise__lesson__slug": lesson,
        "exercise__slug": exercise,
        "user__username": user,
    }
    graded = Submission.objects.filter(state=Submission.State.GRADED)
    return graded.filter(**{name: value for name, value in wanted.items() if value})


def plan(submissions: QuerySet[Submission], *, rerun: Rerun | None = None) -> Iterator[Verdict]:
    """What regrading them would do, oldest first. Changes nothing. Two statements, and memory for BATCH of them.
    Without `rerun`, changed scripts are not run again."""
    rows = submissions.select_related("exercise__lesson__course", "user").order_by("created_at", "pk")
    checks_of = _reader()
    every = rows.iterator(chunk_size=BATCH)
    while batch := list(islice(every, BATCH)):
        fresh = rerun_scripts(batch, checks_of, rerun)
        yield from (judge(one, checks_of(one), fresh.get(one.pk)) for one in batch)


def regrade(
    ids: Sequence[UUID],
    *,
    by: User | None,
    reason: str = CORRECTED,
    allow_lower: bool = False,
    rerun: Rerun | None = None,
) -> Iterator[list[Verdict]]:
    """Do it, a batch of submissions in each transaction, and say after each what was judged. Those that became
    something else since plan() are judged as they are now. Runs as it is read."""
    checks_of = _reader()
    for start in range(0, len(ids), BATCH):
        batch = ids[start : start + BATCH]
        fresh = rerun_scripts(_graded(batch) if rerun else (), checks_of, rerun)  # nothing is locked meanwhile
        with transaction.atomic():
            verdicts = [judge(one, checks_of(one), fresh.get(one.pk)) for one in locked(batch)]
            applied = [verdict for verdict in verdicts if is_applied(verdict, allow_lower)]
            replace([_replacement(verdict, reason) for verdict in applied], by=by, lower=allow_lower)
        yield verdicts


def is_applied(verdict: Verdict, allow_lower: bool) -> bool:
    """Whether regrading writes it."""
    return verdict.kind == "changed" or (allow_lower and verdict.kind == "lower")


def _graded(ids: Sequence[UUID]) -> QuerySet[Submission]:
    rows = Submission.objects.filter(pk__in=ids, state=Submission.State.GRADED)
    return rows.select_related("exercise__lesson__course", "user")


def judge(submission: Submission, checks: Iterable[Graded], fresh: Evidence | None = None) -> Verdict:
    """Grade one submission's stored evidence, or what it has become by running scripts again, with these checks
    and questions."""
    results, missing = _evaluate(checks, fresh or load_evidence(submission.evidence))
    stored = [asdict(result) for result in results]
    before = Marks(submission.score, submission.points, submission.passed)
    after = _marks(submission, results)
    same = stored == submission.results and before == after and fresh is None
    return Verdict(
        submission=submission,
        kind="needs attempt" if missing else "lower" if _is_lower(before, after) else "same" if same else "changed",
        before=before,
        after=after,
        results=stored,
        changes=() if missing else _changes(submission.results, stored),
        missing=missing,
        evidence=fresh,
    )


def _marks(submission: Submission, results: Sequence[CheckResult]) -> Marks:
    """A score that was set by hand stays, unless there are not so many points any more."""
    points = sum(result.points for result in results)
    if submission.override_reason:
        score = min(submission.score, points)
        return Marks(score, points, submission.passes_by_hand(score, points))
    earned = sum(result.earned for result in results)
    return Marks(submission.worth(earned), points, passed=earned == points)


def _is_lower(before: Marks, after: Marks) -> bool:
    return after.score < before.score or (before.passed and not after.passed)


def _evaluate(checks: Iterable[Graded], evidence: Evidence) -> tuple[list[CheckResult], tuple[str, ...]]:
    """As evaluate_all() does, but with every gap named."""
    results: dict[str, CheckResult] = {}
    missing = []
    for check in checks:
        try:
            first = open_before(check, results)
            results[check.id] = waiting(check, first) if first else evaluate(check, evidence)
        except EvidenceMissing as gap:
            missing.append(f"{check.id}: {gap}")
    return list(results.values()), tuple(missing)


def _changes(before: Sequence[dict[str, Any]], after: Sequence[dict[str, Any]]) -> tuple[CheckChange, ...]:
    old, new = ({result["check"]: _earned(result) for result in results} for results in (before, after))
    return tuple(
        CheckChange(check, old.get(check, "–"), new.get(check, "–"))
        for check in dict.fromkeys([*old, *new])
        if old.get(check) != new.get(check)
    )


def _earned(result: dict[str, Any]) -> str:
    return f"{result['earned']} of {result['points']}"


def _replacement(verdict: Verdict, reason: str) -> Replacement:
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


def _reader() -> Callable[[Submission], tuple[Graded, ...]]:
    """A function that gives a submission's checks and questions, and reads an exercise once for each set of values
    that students have."""
    known: dict[tuple[int, frozenset[tuple[str, str]]], tuple[Graded, ...]] = {}

    def checks_of(submission: Submission) -> tuple[Graded, ...]:
        values = values_graded_with(submission)
        key = (submission.exercise_id, frozenset(values.items()))
        if key not in known:
            known[key] = spec_with(submission.exercise, values).graded
        return known[key]

    return checks_of
