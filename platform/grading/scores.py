"""Best scores, worked out anew from the submissions."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Max, Min, Q

from grading.models import Score, Submission

Pair = tuple[int, int]
BATCH = 200


def recompute(pairs: Iterable[Pair], *, lower: bool) -> None:
    """Make the scores of (user id, exercise id) say what their graded submissions say. Without `lower` they only rise.
    Call it in the transaction of what changed. Three statements for each batch of pairs."""
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


def _within(pairs: set[Pair]) -> Q:
    return Q(user_id__in={user for user, _ in pairs}, exercise_id__in={exercise for _, exercise in pairs})


def _reached(pairs: set[Pair]) -> dict[Pair, Mapping[str, Any]]:
    graded = Submission.objects.filter(_within(pairs), state=Submission.State.GRADED).order_by()
    rows = graded.values("user_id", "exercise_id").annotate(
        best=Max("score"), passed_at=Min("changed_at", filter=Q(passed=True))
    )
    found = {(row["user_id"], row["exercise_id"]): row for row in rows}
    return {pair: found[pair] for pair in pairs if pair in found}


def _set(score: Score, reached: Mapping[str, Any], *, lower: bool) -> None:
    score.best = reached["best"] if lower else max(score.best, reached["best"])
    if reached["passed_at"] is None:
        score.passed_at = None if lower else score.passed_at
    elif score.passed_at is None:
        score.passed_at = reached["passed_at"]
