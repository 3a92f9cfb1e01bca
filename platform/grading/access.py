"""Decide who may see and do what with lessons, sandboxes and submissions.

What a user may not see does not exist for them: they get Http404.
"""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import Http404

from accounts.models import User
from curriculum import queries as curriculum
from curriculum.models import Course, Exercise, Lesson
from grading.models import Certificate, Submission
from sandboxes.models import Sandbox

# The id of no row.
NOBODY = 0


def may_see_drafts(user: User) -> bool:
    """Whether this user sees lessons that are drafts: who teaches."""
    return user.teaches


def reader_of(user: User | AnonymousUser) -> User | None:
    """Return as whom somebody reads lessons; None for who has to sign in first.

    A guest is a student without a row and without anything of theirs: nothing may be written.
    """
    if isinstance(user, User):
        return user
    return User(pk=NOBODY, role=User.Role.STUDENT) if settings.GUESTS == "read" else None


def may_correct(user: Any) -> bool:
    """Whether this user sets scores and grades again: who teaches, and superusers."""
    return bool(user.is_active and (user.is_superuser or getattr(user, "teaches", False)))


def get_course_or_404(user: User, course: str) -> Course:
    """Load a course with its lessons. Two queries."""
    try:
        return curriculum.get_course(course, drafts=may_see_drafts(user))
    except Course.DoesNotExist:
        raise Http404 from None


def get_lesson_or_404(user: User, course: str, lesson: str) -> Lesson:
    """Load a lesson with its course. One query."""
    try:
        return curriculum.get_lesson(course, lesson, drafts=may_see_drafts(user))
    except Lesson.DoesNotExist:
        raise Http404 from None


def get_exercise_or_404(user: User, course: str, lesson: str, exercise: str) -> Exercise:
    """Load an exercise with its lesson and course. One query."""
    try:
        return curriculum.get_exercise(course, lesson, exercise, drafts=may_see_drafts(user))
    except Exercise.DoesNotExist:
        raise Http404 from None


def get_certificate_or_404(certificate_id: UUID) -> Certificate:
    """Load a certificate for whoever knows its id. One query."""
    certificate = Certificate.objects.select_related("course").filter(pk=certificate_id).first()
    if certificate is None:
        raise Http404
    return certificate


def get_visible_sandbox_or_404(user: User, sandbox_id: UUID) -> Sandbox:
    """Load a sandbox to look at: one's own, or anybody's for those who teach."""
    sandboxes = Sandbox.objects.all() if user.teaches else Sandbox.objects.filter(user=user)
    sandbox = sandboxes.filter(pk=sandbox_id).first()
    if sandbox is None:
        raise Http404
    return sandbox


def get_own_sandbox_or_404(user: User, sandbox_id: UUID) -> Sandbox:
    """Load a sandbox to change: one's own, for instructors too."""
    sandbox = Sandbox.objects.filter(user=user, pk=sandbox_id).first()
    if sandbox is None:
        raise Http404
    return sandbox


def get_submission_or_404(user: User, submission_id: UUID) -> Submission:
    """Load a submission with its exercise, lesson and course.

    It is one's own, or anybody's for those who teach.
    """
    submissions = Submission.objects.select_related("exercise__lesson__course", "user")
    if not user.teaches:
        submissions = submissions.filter(user=user)
    submission = submissions.filter(pk=submission_id).first()
    if submission is None:
        raise Http404
    return submission
