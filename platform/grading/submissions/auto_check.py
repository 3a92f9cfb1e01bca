"""Check an exercise without a press of *Check*, so that doing the task is enough.

A page asks when something has happened in the machine. A worker evaluates the exercise as it would
a submission and tells the page which checks hold; nothing is stored. When all of them hold, that is
stored as a submission and counts as an attempt; no other auto-check costs one. How many there may
be is up to auto_check_throttle.py.
"""

import logging
from dataclasses import dataclass

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.events import publish
from core.specs.outcomes import EvidenceError
from grading.assignments import Assignment
from grading.errors import GradingError
from grading.models import Score, Submission
from grading.policy import accept_at, has_auto_checks, refuse_more_attempts
from grading.predictions.service import require_predictions
from grading.scores import own_scores
from grading.submissions import auto_check_throttle
from grading.submissions.grading import Evaluation, evaluate, prepared_machine, settle
from grading.submissions.payload import results_for_student
from grading.submissions.service import (
    counted_attempts,
    draft_submission,
    next_number,
    open_submission,
)
from sandboxes.models import Sandbox

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class AutoCheckReply:
    """Say whether an auto-check was queued, and if not, why.

    `retry_after` is in how many seconds it makes sense to ask again; 0 for never.
    """

    queued: bool
    reason: str = ""
    retry_after: int = 0


def request_auto_check(*, assignment: Assignment, sandbox: Sandbox | None) -> AutoCheckReply:
    """Queue an auto-check in the sandbox's machine, unless there is a reason not to."""
    refusal = refuse_closed(assignment) or refuse_busy(assignment, sandbox)
    if refusal:
        return refusal
    wait = auto_check_throttle.wait_of(assignment.user) or auto_check_throttle.queue_auto_check(
        user=assignment.user, exercise=assignment.exercise
    )
    if wait:
        return AutoCheckReply(False, _("Other students' exercises are being checked."), wait)
    return AutoCheckReply(True, retry_after=settings.LIVE_CHECK_SECONDS)


def refuse_closed(assignment: Assignment) -> AutoCheckReply | None:
    """Refuse an exercise that is not checked by itself, or not any more."""
    user, exercise, spec = assignment.user, assignment.exercise, assignment.spec
    if not settings.LIVE_CHECK_SECONDS or not has_auto_checks(spec):
        return AutoCheckReply(False, _("This exercise is checked only when you press Check."))
    scores = Score.objects.filter(own_scores(user), exercise=exercise)
    if scores.filter(passed_at__isnull=False).exists():
        return AutoCheckReply(False, _("You have passed this exercise."))
    try:
        accept_at(spec, timezone.now())
        require_predictions(assignment)
    except GradingError as reason:
        return AutoCheckReply(False, str(reason))
    return None


def refuse_busy(assignment: Assignment, sandbox: Sandbox | None) -> AutoCheckReply | None:
    """Refuse while there is nothing to check, or a submission is under way."""
    if open_submission(assignment.user, assignment.exercise):
        return AutoCheckReply(False, _("It is being checked."), settings.LIVE_CHECK_SECONDS)
    try:
        prepared_machine(sandbox, assignment.exercise)
    except GradingError as error:
        return AutoCheckReply(False, str(error))
    return None


def run_auto_check(*, assignment: Assignment, sandbox: Sandbox | None) -> Submission | None:
    """Evaluate an exercise as it stands and tell the student's pages.

    Return the submission when everything holds and was stored as one.
    """
    user, exercise = assignment.user, assignment.exercise
    try:
        require_predictions(assignment)
        submission = draft_submission(assignment, sandbox=sandbox, automatic=True)
        refuse_more_attempts(assignment.spec, counted_attempts(user, exercise))
        evaluation = evaluate(submission, assignment)
    except (GradingError, EvidenceError) as error:
        logger.info("no auto-check of exercise %s for user %s: %s", exercise.pk, user.pk, error)
        if detail := getattr(error, "detail", ""):
            logger.warning("exercise %s could not be checked: %s\n%s", exercise.key, error, detail)
        return None
    if evaluation.passed:
        return store_pass(submission, evaluation, assignment)
    results = results_for_student(result.as_json() for result in evaluation.results)
    payload = {"exercise": f"{exercise.lesson.key}/{exercise.slug}", "results": results}
    # Pages know the event by the name that it has had since version 0.1.
    publish(user_id=user.pk, kind="look", payload={"look": payload})
    return None


def store_pass(
    submission: Submission, evaluation: Evaluation, assignment: Assignment
) -> Submission | None:
    """Store a pass.

    None when the student has submitted or passed meanwhile, for theirs counts.
    """
    user, exercise = submission.user, submission.exercise
    for name, value in evaluation.fields().items():
        setattr(submission, name, value)
    try:
        with transaction.atomic():
            scores = Score.objects.filter(own_scores(user), exercise=exercise)
            if open_submission(user, exercise) or scores.filter(passed_at__isnull=False):
                return None
            submission.number = next_number(user, exercise)
            submission.changed_at = timezone.now()
            submission.save(force_insert=True)
            settle(submission, evaluation, assignment)
    except IntegrityError:
        return None
    return submission
