"""Looking at an exercise without *Check*, so that doing the task is enough.

A page asks when something has happened in the machine. A worker judges it as it would a submission; what holds is told
to the page, and nothing is stored. When everything holds, that is stored as a submission of its own, which counts as an
attempt: no look costs one otherwise. Who may have one is look_slots.py's business.
"""

import logging
from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.events import publish
from curriculum.models import Exercise
from curriculum.schema.specs import ExerciseSpec
from grading.errors import GradingError
from grading.models import Score, Submission
from grading.policy import refuse_late, ticks_live
from grading.predictions.service import require_predictions
from grading.queries import open_submission
from grading.submissions import auto_check_throttle
from grading.submissions.grading import (
    Outcome,
    announce,
    judge,
    prepared_machine,
    settle,
    shown_to_students,
)
from grading.submissions.service import draft, next_number
from sandboxes.models import Sandbox

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answer:
    """Whether a look was queued. If not, `reason` says why. `retry_after`: in how many seconds it makes sense to ask
    again; 0 for never."""

    queued: bool
    reason: str = ""
    retry_after: int = 0


def ask_for_look(*, user: User, exercise: Exercise, sandbox: Sandbox | None) -> Answer:
    """Queue a look at an exercise in the sandbox's machine, unless there is a reason not to."""
    spec = ExerciseSpec.model_validate(exercise.definition)
    refusal = _closed(user, exercise, spec) or _busy(user, exercise, sandbox)
    if refusal:
        return refusal
    wait = auto_check_throttle.wait_of(user) or auto_check_throttle.queue_look(user=user, exercise=exercise)
    if wait:
        return Answer(False, _("Others are being looked at just now."), wait)
    return Answer(True, retry_after=settings.LIVE_CHECK_SECONDS)


def look(*, user: User, exercise: Exercise, sandbox: Sandbox | None) -> Submission | None:
    """Judge the exercise as it stands and tell the student's pages. Returns the submission when everything holds and
    was stored as one."""
    try:
        require_predictions(user, exercise)
        submission = draft(user=user, exercise=exercise, sandbox=sandbox, automatic=True)
        outcome = judge(submission)
    except GradingError as fault:
        logger.info("no look at exercise %s for user %s: %s", exercise.pk, user.pk, fault)
        return None
    if outcome.passed:
        return _keep(submission, outcome)
    _tell(user, exercise, outcome)
    return None


def _closed(user: User, exercise: Exercise, spec: ExerciseSpec) -> Answer | None:
    """Why this exercise is not looked at (any more)."""
    if not settings.LIVE_CHECK_SECONDS or not ticks_live(spec):
        return Answer(False, _("This exercise is looked at only when you check it."))
    if Score.objects.filter(user=user, exercise=exercise, passed_at__isnull=False).exists():
        return Answer(False, _("You have passed this exercise."))
    try:
        refuse_late(spec, timezone.now())
        require_predictions(user, exercise)
    except GradingError as reason:
        return Answer(False, str(reason))
    return None


def _busy(user: User, exercise: Exercise, sandbox: Sandbox | None) -> Answer | None:
    """Why there is nothing to look at just now."""
    if open_submission(user, exercise):
        return Answer(False, _("It is being checked."), settings.LIVE_CHECK_SECONDS)
    try:
        prepared_machine(sandbox, exercise)
    except GradingError as fault:
        return Answer(False, str(fault))
    return None


def _keep(submission: Submission, outcome: Outcome) -> Submission | None:
    """Store a pass; None when the student has checked, or passed, meanwhile: theirs counts."""
    user, exercise = submission.user, submission.exercise
    for name, value in outcome.fields_of(submission).items():
        setattr(submission, name, value)
    try:
        with transaction.atomic():
            if open_submission(user, exercise) or Score.objects.filter(
                user=user, exercise=exercise, passed_at__isnull=False
            ):
                return None
            submission.number = next_number(user, exercise)
            submission.changed_at = timezone.now()
            submission.save(force_insert=True)
            settle(submission)
            announce(submission)
    except IntegrityError:
        return None
    return submission


def _tell(user: User, exercise: Exercise, outcome: Outcome) -> None:
    results = shown_to_students(asdict(result) for result in outcome.results)
    payload: dict[str, Any] = {"exercise": f"{exercise.lesson.key}/{exercise.slug}", "results": results}
    publish(user_id=user.pk, kind="look", payload={"look": payload})
