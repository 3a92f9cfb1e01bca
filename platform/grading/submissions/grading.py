"""Grade a submission: queued → collecting → graded or not graded.

Nothing else writes its state. Each step is one conditional UPDATE, so that tasks may be delivered
twice, late, or not at all. A quiz begins as collecting: there is nothing to collect, and it is
graded in the request that submits it.
"""

import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from checks.evidence.schema import Evidence
from checks.results import CheckResult, evaluate_all
from core.logging import context
from core.specs.outcomes import EvidenceError
from grading.assignments import Assignment, assign
from grading.errors import SandboxNotReady
from grading.models import Submission
from grading.predictions.service import record_measurements
from grading.scores import count_attempt
from grading.submissions.evidence import gather_evidence
from grading.submissions.payload import announce

logger = logging.getLogger(__name__)

TRY_AGAIN = "This does not count as an attempt; check again."
BROKEN = f"Something went wrong on the platform's side. {TRY_AGAIN}"


@dataclass(frozen=True)
class Evaluation:
    """Hold the results of an assignment, and the evidence behind them."""

    results: Sequence[CheckResult]
    evidence: Evidence
    version: str

    @property
    def earned(self) -> int:
        """Add up the points earned, before anything is taken off."""
        return sum(result.earned for result in self.results)

    @property
    def points(self) -> int:
        """Add up the points that could be earned."""
        return sum(result.points for result in self.results)

    @property
    def passed(self) -> bool:
        """Whether every check passed, whatever is taken off for hints or lateness."""
        return self.earned == self.points

    def fields_for(self, submission: Submission) -> dict[str, Any]:
        """Return what the submission's fields become when it is graded with this."""
        return {
            "state": Submission.State.GRADED,
            "score": submission.worth(self.earned),
            "points": self.points,
            "passed": self.passed,
            "results": [asdict(result) for result in self.results],
            "evidence": self.evidence,
            "exercise_version": self.version,
        }


def grade_submission(submission_id: UUID) -> bool:
    """Claim a queued submission, collect its evidence, evaluate and close it.

    Return False when another delivery of the task was quicker. An unforeseen error is raised after
    the submission was closed.
    """
    submission = claim_submission(submission_id)
    if submission is None:
        return False
    context.bind(user_id=submission.user_id, sandbox_id=submission.sandbox_id)
    try:
        assignment = assign(submission.exercise, submission.user)
        announce(submission, assignment)
        evaluate_and_close(submission, assignment)
    except Exception:
        fail(submission, reason=BROKEN)
        raise
    return True


def claim_submission(submission_id: UUID) -> Submission | None:
    """Move a submission from queued to collecting.

    Return None when it is not queued any more.
    """
    queued = Submission.objects.filter(pk=submission_id, state=Submission.State.QUEUED)
    if queued.update(state=Submission.State.COLLECTING, changed_at=timezone.now()) != 1:
        return None
    related = ("exercise__lesson__course", "sandbox", "user")
    return Submission.objects.select_related(*related).get(pk=submission_id)


def evaluate_and_close(submission: Submission, assignment: Assignment) -> None:
    """Evaluate a submission that is being collected and store what came of it.

    For a quiz this is done in the transaction that made it.
    """
    try:
        finish(submission, evaluate(submission, assignment), assignment)
    except (EvidenceError, SandboxNotReady) as error:
        fail(submission, reason=f"{error} {TRY_AGAIN}", assignment=assignment)


def evaluate(submission: Submission, assignment: Assignment) -> Evaluation:
    """Collect and evaluate a submission's evidence; store nothing.

    Raises EvidenceMissing, EvidenceTooLarge, SandboxNotReady, NotPrepared.
    """
    evidence = gather_evidence(submission, assignment)
    results = evaluate_all(assignment.spec.graded, evidence)
    return Evaluation(results=results, evidence=evidence, version=assignment.exercise.version)


def finish(submission: Submission, evaluation: Evaluation, assignment: Assignment) -> bool:
    """Store an evaluation and raise the score; whether the submission was still open."""
    with transaction.atomic():
        closed = close(submission, assignment, **evaluation.fields_for(submission))
        if closed:
            settle(submission, assignment)
    return closed


def settle(submission: Submission, assignment: Assignment) -> None:
    """Update the score and the predictions of a submission that was just graded."""
    count_attempt(submission)
    record_measurements([submission], lambda _: assignment)


def fail(submission: Submission, *, reason: str, assignment: Assignment | None = None) -> bool:
    """Close a submission that could not be graded; it never counts.

    Whether the submission was still open.
    """
    return close(submission, assignment, state=Submission.State.NOT_GRADED, reason=reason)


def close(submission: Submission, assignment: Assignment | None, **changes: Any) -> bool:
    """Write the end of a submission that is still ours.

    That is the same attempt, still collecting. Whether it was.
    """
    ours = Submission.objects.filter(
        pk=submission.pk,
        number=submission.number,
        state=Submission.State.COLLECTING,
        changed_at=submission.changed_at,
    )
    changes["changed_at"] = timezone.now()
    if ours.update(**changes) != 1:
        logger.info("submission %s was closed by somebody else", submission.pk)
        return False
    for name, value in changes.items():
        setattr(submission, name, value)
    announce(submission, assignment)
    return True
