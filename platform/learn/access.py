"""Who may see and do what on the learner's side. What a user may not see does not exist for them: Http404."""

from typing import cast
from uuid import UUID

from django.http import Http404, HttpRequest

from accounts.models import User
from curriculum import queries as curriculum
from curriculum.models import Course, Exercise, Lesson
from grading.access import get_submission
from grading.models import Submission
from sandboxes.models import Sandbox


def user_of(request: HttpRequest) -> User:
    """The signed-in user; routes that call this let nobody else in."""
    return cast("User", request.user)


def get_course_or_404(slug: str) -> Course:
    """A course with its lessons. Two queries."""
    try:
        return curriculum.get_course(slug)
    except Course.DoesNotExist:
        raise Http404 from None


def get_lesson_or_404(course: str, lesson: str) -> Lesson:
    """A lesson with its course. One query."""
    try:
        return curriculum.get_lesson(course, lesson)
    except Lesson.DoesNotExist:
        raise Http404 from None


def get_exercise_or_404(course: str, lesson: str, exercise: str) -> Exercise:
    """An exercise with its lesson and course. One query."""
    try:
        return curriculum.get_exercise(course, lesson, exercise)
    except Exercise.DoesNotExist:
        raise Http404 from None


def get_visible_sandbox_or_404(user: User, sandbox_id: UUID) -> Sandbox:
    """A sandbox to look at: one's own, or anybody's for those who teach."""
    sandboxes = Sandbox.objects.all() if user.teaches else Sandbox.objects.filter(user=user)
    return _first_or_404(sandboxes.filter(pk=sandbox_id).first())


def get_own_sandbox_or_404(user: User, sandbox_id: UUID) -> Sandbox:
    """A sandbox to change: one's own, for instructors too."""
    return _first_or_404(Sandbox.objects.filter(user=user, pk=sandbox_id).first())


def get_submission_or_404(user: User, submission_id: UUID) -> Submission:
    """A submission to look at, with its exercise, lesson and course."""
    submission = get_submission(user, submission_id)
    if submission is None:
        raise Http404
    return submission


def _first_or_404(sandbox: Sandbox | None) -> Sandbox:
    if sandbox is None:
        raise Http404
    return sandbox
