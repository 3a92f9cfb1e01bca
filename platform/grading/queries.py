"""Reads of scores and submissions."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F, OuterRef, QuerySet, Subquery

from accounts.models import User
from curriculum.models import Exercise, Lesson
from grading.models import Score, Submission


def scores_of(user: User, lesson: Lesson) -> dict[str, Score]:
    """The student's best score at each exercise of the lesson that was graded at least once, by slug. One query."""
    scores = Score.objects.filter(user=user, exercise__lesson=lesson).select_related("exercise")
    return {score.exercise.slug: score for score in scores}


def latest_submissions(user: User, lesson: Lesson) -> dict[str, Submission]:
    """The student's last submission at each exercise of the lesson, by slug, without their evidence; a quiz's is there,
    for the answers are in it. One query, and one for all quizzes."""
    newest = (
        Submission.objects.filter(user=user, exercise=OuterRef("exercise")).order_by("-number").values("number")[:1]
    )
    submissions = (
        Submission.objects.filter(user=user, exercise__lesson=lesson, number=Subquery(newest))
        .select_related("exercise__lesson__course")
        .defer("evidence")
    )
    found = {submission.exercise.slug: submission for submission in submissions}
    _add_answers([one for one in found.values() if one.exercise.definition.get("questions")], user)
    return found


def _add_answers(submissions: list[Submission], user: User) -> None:
    """Bring along what was deferred, and what is known."""
    if not submissions:
        return
    ids = [one.pk for one in submissions]
    evidence = dict(Submission.objects.filter(pk__in=ids).order_by().values_list("pk", "evidence"))
    for one in submissions:
        one.evidence, one.user = evidence[one.pk], user


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
