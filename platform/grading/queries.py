"""Read scores and submissions."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Case, F, OuterRef, Subquery, When

from accounts.models import User
from curriculum.models import Exercise
from grading.models import Score, Submission


def latest_submissions(user: User, exercises: Iterable[Exercise]) -> dict[int, Submission]:
    """Return the student's last submission at each exercise, by the exercise's id.

    They come without their evidence, but for quizzes, whose answers are in it. One query.
    """
    exercises_by_id = {exercise.pk: exercise for exercise in exercises}
    quizzes = [pk for pk, row in exercises_by_id.items() if row.definition.get("questions")]
    rows = Submission.objects.filter(user=user)
    newest = rows.filter(exercise=OuterRef("exercise")).order_by("-number").values("number")[:1]
    submissions = (
        rows.filter(exercise__in=exercises_by_id, number=Subquery(newest))
        .order_by()
        .defer("evidence")
        .annotate(answered=Case(When(exercise__in=quizzes, then="evidence"), default=None))
    )
    for submission in submissions:
        submission.user, submission.exercise = user, exercises_by_id[submission.exercise_id]
        if submission.answered is not None:
            submission.evidence = submission.answered
    return {submission.exercise_id: submission for submission in submissions}


def open_submission(user: User, exercise: Exercise) -> Submission | None:
    """Return the student's submission that is under way, if there is one."""
    rows = Submission.objects.select_related("exercise__lesson__course")
    return rows.filter(user=user, exercise=exercise, state__in=Submission.OPEN).first()


def graded_attempts(user: User, exercise: Exercise) -> int:
    """Count the student's attempts that were graded. One query."""
    scores = Score.objects.filter(user=user, exercise=exercise)
    return scores.values_list("attempts", flat=True).first() or 0


def stuck_submissions(*, state: Submission.State, since: datetime, after: timedelta) -> list[UUID]:
    """Return ids of the submissions that have been in a state for too long, oldest first."""
    stuck = Submission.objects.filter(state=state, changed_at__lt=since - after)
    return list(stuck.order_by(F("changed_at").asc()).values_list("pk", flat=True))
