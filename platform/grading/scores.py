"""Keep what counts of a student's attempts: the best score, or the last one's.

Which of the two it is, the exercise says.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import F, Max, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest

from accounts.models import User
from curriculum.models import Exercise
from grading.models import Score, Submission

Pair = tuple[int, int, bool]  # user id, exercise id, whether trials are meant
BATCH = 200
LAST_COUNTS = Q(definition__score="last")


def own_scores(user: User) -> Q:
    """Select the scores that a user sees as theirs: of trials while they teach."""
    return Q(user=user, trial=user.teaches)


def count_attempt(submission: Submission) -> None:
    """Count a graded attempt that was just closed.

    The best score rises or stays; where the last one counts, it is this one's unless a later
    attempt was graded first.
    """
    score, _ = Score.objects.get_or_create(
        user=submission.user, exercise=submission.exercise, trial=submission.trial
    )
    passed_at = F("passed_at")
    changes: dict[str, Any] = {
        "attempts": F("attempts") + 1,
        "passed_at": Coalesce(passed_at, submission.changed_at) if submission.passed else passed_at,
    }
    if submission.exercise.definition.get("score") != "last":
        changes["best"] = Greatest(F("best"), submission.score)
    elif not (
        graded_submissions()
        .filter(user=submission.user, exercise=submission.exercise, trial=submission.trial)
        .filter(number__gt=submission.number)
        .exists()
    ):
        changes["best"] = submission.score
    Score.objects.filter(pk=score.pk).update(**changes)


def recompute(pairs: Iterable[Pair], *, lower: bool) -> None:
    """Make scores say what their graded submissions say.

    Without `lower` they only rise. Call it in the transaction of what changed. At most five
    statements for each batch of pairs.
    """
    ordered = sorted(set(pairs))
    for start in range(0, len(ordered), BATCH):
        recompute_batch(set(ordered[start : start + BATCH]), lower=lower)


def recompute_batch(pairs: set[Pair], *, lower: bool) -> None:
    """Recompute the scores of so many pairs as fit into a statement."""
    totals = totals_of(pairs)
    # Locked in a fixed order, so that two corrections at once wait instead of blocking each other.
    rows = Score.objects.select_for_update().filter(within(pairs)).order_by("pk")
    scores = [score for score in rows if pair_of(score) in totals]
    for score in scores:
        total = totals[pair_of(score)]
        score.best = total["counts"] if lower else max(score.best, total["counts"])
        if total["passed_at"] is None:
            score.passed_at = None if lower else score.passed_at
        elif score.passed_at is None:
            score.passed_at = total["passed_at"]
    Score.objects.bulk_update(scores, ["best", "passed_at"])


def pair_of(row: Score | Submission) -> Pair:
    """Return whose and which exercise's score a row is about."""
    return row.user_id, row.exercise_id, row.trial


def graded_submissions() -> QuerySet[Submission]:
    """Select the submissions that were graded."""
    return Submission.objects.filter(state=Submission.State.GRADED)


def within(pairs: set[Pair]) -> Q:
    """Select the rows of all these users at all these exercises."""
    users, exercises = {user for user, _, _ in pairs}, {exercise for _, exercise, _ in pairs}
    return Q(user_id__in=users, exercise_id__in=exercises)


def totals_of(pairs: set[Pair]) -> dict[Pair, Mapping[str, Any]]:
    """Sum up each student's submissions to each exercise.

    Return {"counts": points, "passed_at"} of each pair that has any.
    """
    names = ("user_id", "exercise_id", "trial")
    by_pair = graded_submissions().filter(within(pairs)).order_by().values(*names)
    rows = by_pair.annotate(counts=Max("score"), passed_at=Min("changed_at", filter=Q(passed=True)))
    totals = {(row["user_id"], row["exercise_id"], row["trial"]): row for row in rows}
    last = last_scores(pairs)
    return {pair: {**totals[pair], **last.get(pair, {})} for pair in pairs if pair in totals}


def last_scores(pairs: set[Pair]) -> dict[Pair, Mapping[str, Any]]:
    """Return the last score where the last attempt counts."""
    ids = {exercise for _, exercise, _ in pairs}
    exercises = Exercise.objects.filter(LAST_COUNTS, pk__in=ids).values("pk")
    same = {name: OuterRef(name) for name in ("user", "exercise", "trial")}
    attempts = graded_submissions().filter(**same)
    newest = attempts.order_by("-number").values("number")[:1]
    rows = graded_submissions().filter(
        within(pairs), exercise__in=exercises, number=Subquery(newest)
    )
    return {
        pair_of(row): {"counts": row.score}
        for row in rows.only("user", "exercise", "trial", "score")
    }
