"""Who may see a submission: who made it, and those who teach. Everybody else gets None, and so a 404."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from grading.models import Submission

if TYPE_CHECKING:
    from accounts.models import User


def may_correct(user: Any) -> bool:
    """Whether this user sets scores and grades again: who teaches, and superusers."""
    return bool(user.is_active and (user.is_superuser or getattr(user, "teaches", False)))


def get_submission(user: "User", submission_id: UUID) -> Submission | None:
    """The submission with its exercise, lesson and course, if this user may see it."""
    submissions = Submission.objects.select_related("exercise__lesson__course")
    if not user.teaches:
        submissions = submissions.filter(user=user)
    return submissions.filter(pk=submission_id).first()
