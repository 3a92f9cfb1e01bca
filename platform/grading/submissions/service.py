"""What a page calls: check an exercise, and show what came of it."""

import logging
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from accounts.models import User
from core.task_queue import queue_task
from curriculum.models import Exercise
from curriculum.schema.specs import ExerciseSpec
from grading.models import Submission
from grading.policy import is_late, late_percent, refuse_late, refuse_more_attempts
from grading.predictions.service import require_predictions
from grading.queries import graded_attempts, open_submission
from grading.submissions.grading import announce, grade_answers, prepared_machine, submission_payload
from grading.submissions.hints import hint_cost
from grading.variants import spec_for
from questions.answers import read_answers
from sandboxes.models import Sandbox

__all__ = ["draft", "next_number", "queue_grading", "submission_payload", "submit"]

logger = logging.getLogger(__name__)

# Several tabs may want the same number; each round one of them gets it.
ROUNDS = 5


def submit(
    *, user: User, exercise: Exercise, sandbox: Sandbox | None, answers: Mapping[str, Any] | None = None
) -> Submission:
    """Hand in an exercise as the sandbox's machine stands, with the answers to its questions. A quiz is graded at once.
    A second press while the first is on its way gives the first. Raises PredictionMissing, SandboxNotReady,
    NotPrepared, BadAnswers, DeadlinePassed and NoMoreAttempts, which cost nothing."""
    spec = spec_for(exercise, user)
    given = read_answers(spec.questions, answers if spec.questions else answers or {})
    require_predictions(user, exercise)
    for _ in range(ROUNDS):
        submission = open_submission(user, exercise)
        if submission is not None:
            return submission
        if spec.checks:
            prepared_machine(sandbox, exercise)
        try:
            return _create(user=user, exercise=exercise, sandbox=sandbox if spec.checks else None, answers=given)
        except IntegrityError:
            logger.info("two submissions of user %s at once", user.pk)
    raise RuntimeError(f"no number for a submission of user {user.pk} in {ROUNDS} rounds")


def draft(*, user: User, exercise: Exercise, sandbox: Sandbox | None, **fields: Any) -> Submission:
    """A submission as of now, not stored: what hints and lateness take off it is settled here. Raises DeadlinePassed
    and NoMoreAttempts."""
    spec, now = ExerciseSpec.model_validate(exercise.definition), timezone.now()
    refuse_late(spec, now)
    refuse_more_attempts(spec, graded_attempts(user, exercise))
    return Submission(
        user=user,
        exercise=exercise,
        sandbox=sandbox,
        late=is_late(spec, now),
        late_percent=late_percent(spec, now),
        hint_cost=hint_cost(user, exercise),
        points=exercise.points,
        exercise_version=exercise.version,
        changed_at=now,
        **fields,
    )


def next_number(user: User, exercise: Exercise) -> int:
    """The number of a student's next attempt; somebody else may be quicker to take it."""
    mine = Submission.objects.filter(user=user, exercise=exercise)
    return (mine.aggregate(last=Max("number"))["last"] or 0) + 1


def queue_grading(submission_id: UUID) -> None:
    """Queue the grading of a submission. With the broker away it stays queued in the database, and beat finds it."""
    queue_task("grading.grade", str(submission_id), queue="grading")


def _create(*, user: User, exercise: Exercise, sandbox: Sandbox | None, answers: dict[str, Any]) -> Submission:
    """Without a sandbox it is graded here and now. Raises IntegrityError when another one was quicker, DeadlinePassed
    and NoMoreAttempts."""
    with transaction.atomic():
        submission = draft(
            user=user,
            exercise=exercise,
            sandbox=sandbox,
            number=next_number(user, exercise),
            state=Submission.State.QUEUED if sandbox else Submission.State.COLLECTING,
            evidence={"answers": answers} if answers else {},
        )
        submission.save(force_insert=True)
        # Once more: the one before may have been graded since draft() looked, and none can be from here on.
        refuse_more_attempts(ExerciseSpec.model_validate(exercise.definition), graded_attempts(user, exercise))
        _queue(submission) if sandbox else grade_answers(submission)
    return submission


def _queue(submission: Submission) -> None:
    announce(submission)
    queue_grading(submission.pk)
