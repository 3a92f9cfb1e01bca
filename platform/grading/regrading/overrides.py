"""Set a score by hand, and take that back."""

from typing import Any

from django.db import transaction

from accounts.models import User
from grading.errors import NotCorrectable
from grading.models import ResultVersion, Submission
from grading.regrading.versions import Replacement, locked, replace

NOT_GRADED = "Only an attempt that was graded can be given another score."


@transaction.atomic
def override_score(*, submission: Submission, by: User, score: int, reason: str) -> Submission:
    """Give an attempt this score, in place of its checks' score, until it is undone.

    The student reads the reason. Return the submission as it is now. Raises NotCorrectable.
    """
    current, reason = lock_current(submission), reason.strip()
    if not reason:
        raise NotCorrectable("Give a reason: the student reads it, and the audit log keeps it.")
    if not 0 <= score <= current.points:
        raise NotCorrectable(f"The score must be between 0 and {current.points}.")
    replace_current(
        current,
        by=by,
        cause=ResultVersion.Cause.OVERRIDE,
        score=score,
        passed=current.passes_by_hand(score, current.points),
        reason=reason,
        override_reason=reason,
    )
    return current


@transaction.atomic
def undo_override(*, submission: Submission, by: User, reason: str = "") -> Submission:
    """Let the checks' score count again.

    Raises NotCorrectable when it was not set by hand.
    """
    current = lock_current(submission)
    if not current.override_reason:
        raise NotCorrectable("This score was not set by hand.")
    earned = sum(result["earned"] for result in current.results)
    replace_current(
        current,
        by=by,
        cause=ResultVersion.Cause.UNDONE,
        score=current.worth(earned),
        passed=earned == current.points,
        reason=reason.strip(),
    )
    return current


def lock_current(submission: Submission) -> Submission:
    """Lock a submission and read it as it is now. Raises NotCorrectable."""
    current = locked([submission.pk]).defer("evidence").first()
    if current is None:
        raise NotCorrectable(NOT_GRADED)
    return current


def replace_current(current: Submission, *, by: User, **changes: Any) -> None:
    """Replace what stands in a submission; `changes` are the fields that differ."""
    replacement = Replacement(
        submission=current,
        points=current.points,
        results=current.results,
        exercise_version=current.exercise_version,
        **changes,
    )
    replace([replacement], by=by, lower=True)
