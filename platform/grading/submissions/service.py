"""Submit an exercise: what a press of *Check* does before a worker takes over."""

import logging
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max, Sum
from django.utils import timezone

from accounts.models import User
from core.task_queue import queue_task
from curriculum.models import Exercise
from grading.assignments import Assignment
from grading.models import OpenedHint, Score, Submission
from grading.policy import accept_at, refuse_more_attempts
from grading.predictions.service import require_predictions
from grading.submissions.grading import evaluate_and_close, prepared_machine
from grading.submissions.payload import announce
from grading.submissions.turns import TURN
from questions.answers import read_answers
from sandboxes.models import Sandbox

logger = logging.getLogger(__name__)

# Several tabs may want the same number; each round one of them gets it.
ROUNDS = 5


def submit(
    *, assignment: Assignment, sandbox: Sandbox | None, answers: Mapping[str, Any] | None = None
) -> Submission:
    """Submit an exercise as the sandbox's machine stands.

    `answers` are those to its questions. A quiz is graded at once. A second press while the first
    is under way returns the first. Raises PredictionMissing, SandboxNotReady, NotPrepared,
    BadAnswers, DeadlinePassed and NoMoreAttempts, which cost nothing.
    """
    user, exercise, spec = assignment.user, assignment.exercise, assignment.spec
    accepted = read_answers(spec.questions, answers if spec.questions else answers or {})
    require_predictions(assignment)
    for _ in range(ROUNDS):
        submission = open_submission(user, exercise)
        if submission is not None:
            return submission
        if spec.checks:
            prepared_machine(sandbox, exercise)
        try:
            return create_submission(assignment, sandbox if spec.checks else None, accepted)
        except IntegrityError:
            logger.info("two submissions of user %s at once", user.pk)
    raise RuntimeError(f"no number for a submission of user {user.pk} in {ROUNDS} rounds")


def create_submission(
    assignment: Assignment, sandbox: Sandbox | None, answers: dict[str, Any]
) -> Submission:
    """Store a submission and queue its grading.

    Without a sandbox it is graded here and now. Raises IntegrityError when another submission was
    quicker, DeadlinePassed and NoMoreAttempts.
    """
    user, exercise = assignment.user, assignment.exercise
    with transaction.atomic():
        submission = draft_submission(
            assignment,
            sandbox=sandbox,
            number=next_number(user, exercise),
            state=Submission.State.QUEUED if sandbox else Submission.State.COLLECTING,
            evidence={"answers": answers} if answers else {},
        )
        submission.save(force_insert=True)
        # Counted with this one stored, for until it is closed no other attempt can be graded.
        counted = counted_attempts(user, exercise)
        refuse_more_attempts(assignment.spec, counted)
        if sandbox:
            announce(submission)
            queue_task(TURN, str(submission.pk), queue="grading")
        else:
            evaluate_and_close(submission, assignment)
    return submission


def draft_submission(
    assignment: Assignment, *, sandbox: Sandbox | None, **fields: Any
) -> Submission:
    """Make a submission as of now, without storing it.

    What hints and lateness take off it is settled here. Raises DeadlinePassed.
    """
    user, exercise, now = assignment.user, assignment.exercise, timezone.now()
    late, percent = accept_at(assignment.spec, now)
    return Submission(
        user=user,
        exercise=exercise,
        sandbox=sandbox,
        late=late,
        late_percent=percent,
        trial=user.teaches,
        hint_cost=hint_cost(user, exercise),
        points=exercise.points,
        exercise_version=exercise.version,
        changed_at=now,
        **fields,
    )


def next_number(user: User, exercise: Exercise) -> int:
    """Return the number of a student's next attempt.

    Another request may be quicker to take it.
    """
    attempts = Submission.objects.filter(user=user, exercise=exercise)
    return (attempts.aggregate(last=Max("number"))["last"] or 0) + 1


def open_submission(user: User, exercise: Exercise) -> Submission | None:
    """Return the student's submission that is under way, if there is one."""
    rows = Submission.objects.select_related("exercise__lesson__course")
    return rows.filter(user=user, exercise=exercise, state__in=Submission.OPEN).first()


def counted_attempts(user: User, exercise: Exercise) -> int:
    """Count the attempts that use up those an exercise allows: no trials. One query."""
    scores = Score.objects.filter(user=user, exercise=exercise, trial=False)
    return 0 if user.teaches else scores.values_list("attempts", flat=True).first() or 0


def hint_cost(user: User, exercise: Exercise) -> int:
    """Add up what the open hints cost, in points. One query."""
    opened = OpenedHint.objects.filter(user=user, exercise=exercise)
    return opened.aggregate(cost=Sum("cost"))["cost"] or 0
