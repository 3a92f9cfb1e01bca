"""Reads of scores and submissions."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Case, F, OuterRef, QuerySet, Subquery, When

from accounts.models import User
from curriculum.models import Exercise
from grading.models import Score, Submission


def latest_submissions(user: User, exercises: Iterable[Exercise]) -> dict[int, Submission]:
    """The student's last submission at each of the exercises, by the exercise's id, without their evidence; a quiz's is
    there, for the answers are in it. One query."""
    known = {exercise.pk: exercise for exercise in exercises}
    quizzes = [pk for pk, exercise in known.items() if exercise.definition.get("questions")]
    mine = Submission.objects.filter(user=user)
    newest = mine.filter(exercise=OuterRef("exercise")).order_by("-number").values("number")[:1]
    submissions = (
        mine.filter(exercise__in=known, number=Subquery(newest))
        .order_by()
        .defer("evidence")
        .annotate(answered=Case(When(exercise__in=quizzes, then="evidence"), default=None))
    )
    for submission in submissions:
        submission.user, submission.exercise = user, known[submission.exercise_id]
        if submission.answered is not None:
            submission.evidence = submission.answered
    return {submission.exercise_id: submission for submission in submissions}


def open_submission(user: User, exercise: Exercise) -> Submission | None:
    """The one that is on its way, if there is one."""
    return _with_exercise().filter(user=user, exercise=exercise, state__in=Submission.OPEN).first()


def graded_attempts(user: User, exercise: Exercise) -> int:
    """How many of the student's attempts were graded. One query."""
    return Score.objects.filter(user=user, exercise=exercise).values_list("attempts", flat=True).first() or 0


def stuck_submissions(*, state: Submission.State, since: datetime, after: timedelta) -> list[UUID]:
    """Ids of the submissions that have been in a state for longer than `after`, oldest first."""
    stuck = Submission.objects.filter(state=state, changed_at__lt=since - after)
    return list(stuck.order_by(F("changed_at").asc()).values_list("pk", flat=True))


def _with_exercise() -> QuerySet[Submission]:
    return Submission.objects.select_related("exercise__lesson__course")
