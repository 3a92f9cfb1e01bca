"""Setting a score by hand, and taking that back."""

from typing import Any

from django.db import transaction

from accounts.models import User
from grading.errors import NotCorrectable
from grading.models import ResultVersion, Submission
from grading.regrading.versions import Replacement, locked, replace

NOT_GRADED = "Only an attempt that was graded can be given another score."


@transaction.atomic
def override_score(*, submission: Submission, by: User, score: int, reason: str) -> Submission:
    """Give an attempt this score, whatever its checks say, until it is undone. The student reads the reason. Returns
    the submission as it is now. Raises NotCorrectable."""
    current, reason = _current(submission), reason.strip()
    if not reason:
        raise NotCorrectable("Say why: the student reads it, and the audit log keeps it.")
    if not 0 <= score <= current.points:
        raise NotCorrectable(f"The score is between 0 and {current.points}.")
    passed = current.passes_by_hand(score, current.points)
    says = {"score": score, "passed": passed, "reason": reason, "override_reason": reason}
    _replace(current, by=by, cause=ResultVersion.Cause.OVERRIDE, **says)
    return current


@transaction.atomic
def undo_override(*, submission: Submission, by: User, reason: str = "") -> Submission:
    """Let the checks' score count again. Raises NotCorrectable when it was not set by hand."""
    current = _current(submission)
    if not current.override_reason:
        raise NotCorrectable("This score was not set by hand.")
    earned = sum(result["earned"] for result in current.results)
    says = {"score": current.worth(earned), "passed": earned == current.points, "reason": reason.strip()}
    _replace(current, by=by, cause=ResultVersion.Cause.UNDONE, **says)
    return current


def _current(submission: Submission) -> Submission:
    """Locked, and as it is now. Raises NotCorrectable."""
    current = locked([submission.pk]).defer("evidence").first()
    if current is None:
        raise NotCorrectable(NOT_GRADED)
    return current


def _replace(current: Submission, *, by: User, **says: Any) -> None:
    """`says` are those fields of the Replacement in which it differs from what stands there."""
    kept = {"points": current.points, "results": current.results, "exercise_version": current.exercise_version}
    replace([Replacement(submission=current, **kept, **says)], by=by, lower=True)
