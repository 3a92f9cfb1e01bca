"""Replacing what stands in graded submissions: every version is kept, the audit log says who and why, best scores and
open pages follow."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone

from accounts.models import User
from checks.evidence.schema import Evidence
from core import audit
from grading.models import ResultVersion, Submission
from grading.predictions.service import note_measured
from grading.scores import recompute
from grading.submissions.grading import announce

WRITTEN = ["results", "score", "points", "passed", "exercise_version", "override_reason"]


@dataclass(frozen=True)
class Replacement:
    """What is to stand in a submission that locked() gave, why, and in which words of the audit log."""

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
    """Graded submissions, for a transaction that will replace what stands in them."""
    rows = Submission.objects.select_for_update(of=("self",)).select_related("exercise__lesson__course", "user")
    return rows.filter(pk__in=list(ids), state=Submission.State.GRADED).order_by("pk")


@transaction.atomic
def replace(replacements: Sequence[Replacement], *, by: User | None, lower: bool) -> None:
    """Write them. `lower` lets best scores fall. A handful of statements, however many there are."""
    before = [_facts(one.submission) for one in replacements]
    versions = _versions(replacements, by)
    for one in replacements:
        _write(one)
    submissions = [one.submission for one in replacements]
    Submission.objects.bulk_update(submissions, WRITTEN, batch_size=100)
    _write_evidence(replacements)
    ResultVersion.objects.bulk_create(versions, batch_size=100)
    audit.record(
        audit.entry(
            actor=by,
            action=f"grading.{one.cause}",
            target=one.submission,
            before=was,
            after=_facts(one.submission),
            reason=one.reason,
        )
        for one, was in zip(replacements, before, strict=True)
    )
    note_measured(submissions)
    recompute(((one.user_id, one.exercise_id) for one in submissions), lower=lower)
    _announce_latest(submissions)


def _facts(submission: Submission) -> dict[str, Any]:
    """What the audit log says of a submission."""
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


def _write(one: Replacement) -> None:
    for name in WRITTEN:
        setattr(one.submission, name, getattr(one, name))


def _write_evidence(replacements: Sequence[Replacement]) -> None:
    changed = [one for one in replacements if one.evidence is not None]
    for one in changed:
        one.submission.evidence = one.evidence
    if changed:
        Submission.objects.bulk_update([one.submission for one in changed], ["evidence"], batch_size=100)


def _versions(replacements: Sequence[Replacement], by: User | None) -> list[ResultVersion]:
    """The new ones, and number 1 where there is none yet."""
    ids = [one.submission.pk for one in replacements]
    counted = ResultVersion.objects.filter(submission__in=ids).order_by().values("submission")
    last = dict(counted.annotate(last=Max("number")).values_list("submission", "last"))
    made: list[ResultVersion] = []
    for one in replacements:
        number = last.get(one.submission.pk, 0)
        if not number:
            number = 1
            made.append(_first(one.submission))
        made.append(_version(one, number + 1, by))
    return made


def _first(submission: Submission) -> ResultVersion:
    return ResultVersion(
        submission=submission,
        number=1,
        cause=ResultVersion.Cause.GRADED,
        score=submission.score,
        points=submission.points,
        passed=submission.passed,
        results=submission.results,
        exercise_version=submission.exercise_version,
        made_at=submission.changed_at,
    )


def _version(one: Replacement, number: int, by: User | None) -> ResultVersion:
    return ResultVersion(
        submission=one.submission,
        number=number,
        cause=one.cause,
        score=one.score,
        points=one.points,
        passed=one.passed,
        results=one.results,
        exercise_version=one.exercise_version,
        by=by,
        reason=one.reason,
        made_at=timezone.now(),
    )


def _announce_latest(submissions: Sequence[Submission]) -> None:
    """Pages show a student's last attempt at an exercise; an older one must not take its place."""
    users, exercises = {one.user_id for one in submissions}, {one.exercise_id for one in submissions}
    mine = Submission.objects.filter(user__in=users, exercise__in=exercises).order_by()
    rows = mine.values("user", "exercise").annotate(last=Max("number")).values_list("user", "exercise", "last")
    latest = set(rows)
    for submission in submissions:
        if (submission.user_id, submission.exercise_id, submission.number) in latest:
            announce(submission)
