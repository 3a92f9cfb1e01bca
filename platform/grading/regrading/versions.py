"""Replace what stands in graded submissions.

Every version is kept, the audit log says who and why, best scores and open pages follow.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone

from accounts.models import User
from checks.evidence.schema import Evidence, load_evidence
from core import audit
from core.specs.outcomes import EvidenceMissing
from grading.assignments import Assignment, assignment_reader
from grading.models import ResultVersion, Submission
from grading.predictions.service import Numbers, record_measurements
from grading.scores import pair_of, recompute
from grading.submissions.payload import announce

WRITTEN = ["results", "score", "points", "passed", "exercise_version", "override_reason"]


@dataclass(frozen=True)
class Replacement:
    """Hold a submission's new result and the reason.

    locked() has read the submission.
    """

    submission: Submission
    cause: ResultVersion.Cause
    reason: str
    score: int
    points: int
    passed: bool
    results: list[dict[str, Any]] = field(default_factory=list)
    exercise_version: str = ""
    override_reason: str = ""
    evidence: Evidence | None = None  # where scripts were run again


def locked(ids: Iterable[UUID]) -> QuerySet[Submission]:
    """Lock graded submissions for a transaction that will replace what stands in them."""
    rows = Submission.objects.select_for_update(of=("self",)).filter(
        pk__in=list(ids), state=Submission.State.GRADED
    )
    return rows.select_related("exercise__lesson__course", "user").order_by("pk")


@transaction.atomic
def replace(replacements: Sequence[Replacement], *, by: User | None, lower: bool) -> None:
    """Write replacements; `lower` lets best scores fall.

    A handful of statements, however many there are.
    """
    before = [audit_facts(replacement.submission) for replacement in replacements]
    versions = new_versions(replacements, by)
    submissions = [replacement.submission for replacement in replacements]
    for replacement in replacements:
        for name in WRITTEN:
            setattr(replacement.submission, name, getattr(replacement, name))
    Submission.objects.bulk_update(submissions, WRITTEN, batch_size=100)
    rerun = [replacement for replacement in replacements if replacement.evidence is not None]
    for replacement in rerun:
        replacement.submission.evidence = replacement.evidence
    if rerun:
        rows = [replacement.submission for replacement in rerun]
        Submission.objects.bulk_update(rows, ["evidence"], batch_size=100)
    ResultVersion.objects.bulk_create(versions, batch_size=100)
    audit.record(
        audit.entry(
            actor=by,
            action=f"grading.{replacement.cause}",
            target=replacement.submission,
            before=facts,
            after=audit_facts(replacement.submission),
            reason=replacement.reason,
        )
        for replacement, facts in zip(replacements, before, strict=True)
    )
    read = assignment_reader()
    predicting = [row for row in submissions if row.exercise.definition.get("predictions")]
    record_measurements((read(row), measured_before(row, read(row))) for row in predicting)
    recompute(map(pair_of, submissions), lower=lower)
    announce_latest(submissions, read)


def measured_before(submission: Submission, assignment: Assignment) -> Numbers:
    """Read what a submission's evidence holds of the predicted checks that it passes.

    Nothing for a check that has been changed to read something else since then.
    """
    passed = {result["check"] for result in submission.results if result["passed"]}
    predicted = passed & {spec.of for spec in assignment.spec.predictions}
    measured: dict[str, tuple[float, float]] = {}
    for check in assignment.spec.checks:
        if check.id in predicted:
            with suppress(EvidenceMissing):
                if numbers := check.evaluate(load_evidence(submission.evidence)).measured:
                    measured[check.id] = numbers
    return measured


def audit_facts(submission: Submission) -> dict[str, Any]:
    """Return what the audit log says of a submission."""
    return {
        "user": submission.user_id,
        "exercise": submission.exercise_id,
        "number": submission.number,
        "score": submission.score,
        "points": submission.points,
        "passed": submission.passed,
        "failed": [result["check"] for result in submission.results if not result["passed"]],
        "set_by_hand": bool(submission.override_reason),
    }


def new_versions(replacements: Sequence[Replacement], by: User | None) -> list[ResultVersion]:
    """Make the new versions, and number 1 of submissions that have none yet."""
    ids = [replacement.submission.pk for replacement in replacements]
    counted = ResultVersion.objects.filter(submission__in=ids).order_by().values("submission")
    last = dict(counted.annotate(last=Max("number")).values_list("submission", "last"))
    versions: list[ResultVersion] = []
    for replacement in replacements:
        submission = replacement.submission
        number = last.get(submission.pk, 0)
        if not number:
            number = 1
            versions.append(
                ResultVersion(
                    submission=submission,
                    number=number,
                    cause=ResultVersion.Cause.GRADED,
                    score=submission.score,
                    points=submission.points,
                    passed=submission.passed,
                    results=submission.results,
                    exercise_version=submission.exercise_version,
                    made_at=submission.changed_at,
                )
            )
        versions.append(
            ResultVersion(
                submission=submission,
                number=number + 1,
                cause=replacement.cause,
                score=replacement.score,
                points=replacement.points,
                passed=replacement.passed,
                results=replacement.results,
                exercise_version=replacement.exercise_version,
                by=by,
                reason=replacement.reason,
                made_at=timezone.now(),
            )
        )
    return versions


def announce_latest(
    submissions: Sequence[Submission], read: Callable[[Submission], Assignment]
) -> None:
    """Tell open pages of submissions that are a student's last attempt at an exercise.

    An older attempt must not take its place there. `read` returns what a
    submission was graded with.
    """
    users = {submission.user_id for submission in submissions}
    exercises = {submission.exercise_id for submission in submissions}
    rows = Submission.objects.filter(user__in=users, exercise__in=exercises).order_by()
    newest = rows.values("user", "exercise").annotate(last=Max("number"))
    latest = set(newest.values_list("user", "exercise", "last"))
    for submission in submissions:
        if (submission.user_id, submission.exercise_id, submission.number) in latest:
            is_quiz = submission.exercise.definition.get("questions")
            announce(submission, read(submission) if is_quiz else None)
