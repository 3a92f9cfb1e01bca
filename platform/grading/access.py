"""Who may see a submission: who made it, and those who teach. Everybody else gets None, and so a 404."""

from typing import TYPE_CHECKING
from uuid import UUID

from grading.models import Submission

if TYPE_CHECKING:
    from accounts.models import User


def get_submission(user: "User", submission_id: UUID) -> Submission | None:
    """The submission with its exercise, lesson and course, if this user may see it."""
    submissions = Submission.objects.select_related("exercise__lesson__course")
    if not user.teaches:
        submissions = submissions.filter(user=user)
    return submissions.filter(pk=submission_id).first()
