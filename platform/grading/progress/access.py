"""Who may see and do what on the learner's side. What a user may not see does not exist for them: Http404."""

from pathlib import PurePosixPath
from typing import cast
from uuid import UUID

from django.http import Http404, HttpRequest

from accounts.models import User
from curriculum import queries as curriculum
from curriculum.authoring.photos import CONTENT_TYPES
from curriculum.models import Course, Exercise, Lesson
from grading.access import get_submission
from grading.models import Submission
from grading.progress.navigation import LessonPlace, get_place
from sandboxes.models import Sandbox


def user_of(request: HttpRequest) -> User:
    """The signed-in user; routes that call this let nobody else in."""
    return cast("User", request.user)


def get_course_or_404(slug: str, *, drafts: bool = False) -> Course:
    """A course with its lessons; ask for drafts for those who teach. Two queries."""
    try:
        return curriculum.get_course(slug, drafts=drafts)
    except Course.DoesNotExist:
        raise Http404 from None


def get_lesson_or_404(course: str, lesson: str, *, drafts: bool = False) -> Lesson:
    """A lesson with its course. One query."""
    try:
        return curriculum.get_lesson(course, lesson, drafts=drafts)
    except Lesson.DoesNotExist:
        raise Http404 from None


def get_photo_or_404(lesson: Lesson, name: str) -> tuple[bytes, str]:
    """A PNG, JPEG or WebP file of the lesson's folder, and its type. One query."""
    content_type = CONTENT_TYPES.get(PurePosixPath(name).suffix)
    file = lesson.files.filter(path=name).first() if content_type else None
    if file is None:
        raise Http404
    return bytes(file.content), str(content_type)


def get_place_or_404(course: str, lesson: str, *, drafts: bool = False) -> LessonPlace:
    """A lesson with its course and its neighbours. One query."""
    try:
        return get_place(course, lesson, drafts=drafts)
    except Lesson.DoesNotExist:
        raise Http404 from None


def get_exercise_or_404(course: str, lesson: str, exercise: str, *, drafts: bool = False) -> Exercise:
    """An exercise with its lesson and course. One query."""
    try:
        return curriculum.get_exercise(course, lesson, exercise, drafts=drafts)
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
