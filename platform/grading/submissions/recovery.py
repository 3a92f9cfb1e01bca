"""Recover submissions whose task or worker was lost."""

from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone

from grading.models import Submission
from grading.submissions.grading import TRY_AGAIN, fail
from grading.submissions.turns import queue_turn, taken_in

# A queued submission whose task may have been lost is queued again after this; twice is harmless.
REQUEUE_AFTER = timedelta(seconds=15)
# One that is being collected for longer than its task may run (tasks.py) has lost its worker.
INTERRUPTED_AFTER = timedelta(seconds=95)

INTERRUPTED = f"The platform was interrupted while it looked at your machine. {TRY_AGAIN}"


def recover_submissions() -> None:
    """Queue again what seems to be lost, and close what lost its worker."""
    now = timezone.now()
    state = Submission.State.QUEUED
    for pk in stuck_submissions(state=state, since=now, after=REQUEUE_AFTER):
        if Submission.objects.filter(pk=pk, state=state).update(changed_at=now) == 1:
            queue_turn(pk)
    state = Submission.State.COLLECTING
    for pk in stuck_submissions(state=state, since=now, after=INTERRUPTED_AFTER):
        interrupt(pk)


def interrupt_turn(turn: str) -> None:
    """Close what a worker that died was collecting in this turn."""
    if submission_id := taken_in(turn):
        interrupt(submission_id)


def interrupt(submission_id: UUID) -> bool:
    """Close a submission whose worker died while it was collecting."""
    rows = Submission.objects.select_related("exercise__lesson__course")
    submission = rows.filter(pk=submission_id, state=Submission.State.COLLECTING).first()
    return submission is not None and fail(submission, reason=INTERRUPTED)


def stuck_submissions(*, state: Submission.State, since: datetime, after: timedelta) -> list[UUID]:
    """Return ids of the submissions that have been in a state for too long, oldest first."""
    stuck = Submission.objects.filter(state=state, changed_at__lt=since - after)
    return list(stuck.order_by("changed_at").values_list("pk", flat=True))
