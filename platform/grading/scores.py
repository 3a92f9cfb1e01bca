"""What counts of a student's attempts: the best score, or where the exercise says so the last one's."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import F, Max, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest

from curriculum.models import Exercise
from grading.models import Score, Submission

Pair = tuple[int, int]
BATCH = 200
LAST = Q(definition__score="last")


def count_attempt(submission: Submission) -> None:
    """One more graded attempt, just closed. The best score rises or stays; where the last one counts, it is this one's
    unless a later one was quicker."""
    score, _ = Score.objects.get_or_create(user=submission.user, exercise=submission.exercise)
    passed_at = Coalesce(F("passed_at"), submission.changed_at) if submission.passed else F("passed_at")
    changes: dict[str, Any] = {"attempts": F("attempts") + 1, "passed_at": passed_at}
    if submission.exercise.definition.get("score") != "last":
        changes["best"] = Greatest(F("best"), submission.score)
    elif not _graded().filter(user=submission.user, exercise=submission.exercise, number__gt=submission.number):
        changes["best"] = submission.score
    Score.objects.filter(pk=score.pk).update(**changes)


def recompute(pairs: Iterable[Pair], *, lower: bool) -> None:
    """Make the scores of (user id, exercise id) say what their graded submissions say. Without `lower` they only rise.
    Call it in the transaction of what changed. At most five statements for each batch of pairs."""
    wanted = sorted(set(pairs))
    for start in range(0, len(wanted), BATCH):
        _recompute(set(wanted[start : start + BATCH]), lower=lower)


def _recompute(pairs: set[Pair], *, lower: bool) -> None:
    reached = _reached(pairs)
    scores = [score for score in _rows(pairs) if (score.user_id, score.exercise_id) in reached]
    for score in scores:
        _set(score, reached[score.user_id, score.exercise_id], lower=lower)
    Score.objects.bulk_update(scores, ["best", "passed_at"])


def _rows(pairs: set[Pair]) -> Iterable[Score]:
    """Locked, in one order, so that two corrections at once wait instead of blocking each other."""
    return Score.objects.select_for_update().filter(_within(pairs)).order_by("pk")


def _graded() -> QuerySet[Submission]:
    return Submission.objects.filter(state=Submission.State.GRADED)


def _within(pairs: set[Pair]) -> Q:
    return Q(user_id__in={user for user, _ in pairs}, exercise_id__in={exercise for _, exercise in pairs})


def _reached(pairs: set[Pair]) -> dict[Pair, Mapping[str, Any]]:
    """What their submissions come to: {"counts": points, "passed_at"}."""
    pairwise = _graded().filter(_within(pairs)).order_by().values("user_id", "exercise_id")
    rows = pairwise.annotate(counts=Max("score"), passed_at=Min("changed_at", filter=Q(passed=True)))
    last = _last_scores(pairs)
    found = {(row["user_id"], row["exercise_id"]): row for row in rows}
    return {pair: {**found[pair], **last.get(pair, {})} for pair in pairs if pair in found}


def _last_scores(pairs: set[Pair]) -> dict[Pair, Mapping[str, Any]]:
    """The last submission's score, for exercises where that counts."""
    exercises = Exercise.objects.filter(LAST, pk__in={exercise for _, exercise in pairs}).values("pk")
    mine = _graded().filter(user=OuterRef("user"), exercise=OuterRef("exercise")).order_by("-number")
    rows = _graded().filter(_within(pairs), exercise__in=exercises, number=Subquery(mine.values("number")[:1]))
    return {(row.user_id, row.exercise_id): {"counts": row.score} for row in rows.only("user", "exercise", "score")}


def _set(score: Score, reached: Mapping[str, Any], *, lower: bool) -> None:
    score.best = reached["counts"] if lower else max(score.best, reached["counts"])
    if reached["passed_at"] is None:
        score.passed_at = None if lower else score.passed_at
    elif score.passed_at is None:
        score.passed_at = reached["passed_at"]
