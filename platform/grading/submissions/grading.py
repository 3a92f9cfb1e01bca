"""Grade a submission: queued → collecting → graded or not graded.

Nothing else writes its state. Each step is one conditional UPDATE, so that tasks may be delivered
twice, late, or not at all. A quiz begins as collecting: there is nothing to collect, and it is
graded in the request that submits it.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from checks.evidence.collector import checker_version, collect
from checks.evidence.schema import Evidence, empty_evidence
from checks.evidence.tasks import Subject
from checks.registry import CheckSpec
from checks.results import CheckResult, evaluate_all
from core.logging import context
from core.specs.outcomes import EvidenceError
from curriculum.models import Exercise
from grading.assignments import Assignment, assign
from grading.errors import NotPrepared, SandboxNotReady
from grading.models import Submission
from grading.predictions.service import Numbers, record_measurements
from grading.scores import count_attempt
from grading.submissions.payload import announce
from sandboxes.hosts import engine_for
from sandboxes.models import Machine, Sandbox

logger = logging.getLogger(__name__)

TRY_AGAIN = "This does not count as an attempt; check again."
NOT_PREPARED = (
    "Your machine could not be prepared for this exercise, so there is nothing to check yet. "
    "Prepare it once more; if that fails again, tell your instructor."
)
BROKEN = f"Something went wrong on the platform's side. {TRY_AGAIN}"


@dataclass(frozen=True)
class Evaluation:
    """Hold the results of an assignment, and the evidence behind them."""

    results: Sequence[CheckResult]
    evidence: Evidence
    version: str
    score: int  # what is left of `earned` after hints and lateness

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
        """Whether every check passed, regardless of hints and lateness."""
        return self.earned == self.points

    @property
    def measured(self) -> Numbers:
        """Return what was measured, by the checks that passed."""
        passed = (result for result in self.results if result.passed)
        return {result.check: result.measured for result in passed if result.measured}

    def fields(self) -> dict[str, Any]:
        """Return what a submission's fields become when it is graded with this."""
        return {
            "state": Submission.State.GRADED,
            "score": self.score,
            "points": self.points,
            "passed": self.passed,
            "results": [result.as_json() for result in self.results],
            "evidence": self.evidence,
            "exercise_version": self.version,
        }


def prepared_machine(sandbox: Sandbox | None, exercise: Exercise) -> Machine:
    """Return the running machine in which the exercise is done.

    Raises SandboxNotReady, and NotPrepared while its setup script has not run there.
    """
    if sandbox is None or sandbox.state != Sandbox.State.READY:
        raise SandboxNotReady("Your machine is not running.")
    claimed = sandbox.machines.select_related("host").filter(
        name=exercise.machine, state=Machine.State.CLAIMED
    )
    machine = claimed.exclude(container_id="").first()
    if machine is None:
        raise SandboxNotReady(f"Your machine {exercise.machine} is not running.")
    if exercise.setup and machine.setup_results.get(exercise.slug) != Machine.SETUP_DONE:
        raise NotPrepared(NOT_PREPARED)
    return machine


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
        announce(submission)
        evaluate_and_close(submission, assignment)
    except Exception:
        fail(submission, reason=BROKEN)
        raise
    return True


def claim_submission(submission_id: UUID) -> Submission | None:
    """Move a submission from queued to collecting.

    Return None when it is not queued any more, or its student has another under way.
    """
    queued = Submission.objects.filter(pk=submission_id, state=Submission.State.QUEUED)
    try:
        with transaction.atomic():
            moved = queued.update(state=Submission.State.COLLECTING, changed_at=timezone.now())
    except IntegrityError:
        return None
    if not moved:
        return None
    related = ("exercise__lesson__course", "sandbox", "user")
    return Submission.objects.select_related(*related).get(pk=submission_id)


def evaluate_and_close(submission: Submission, assignment: Assignment) -> None:
    """Evaluate a submission that is being collected and store the result.

    For a quiz this is done in the transaction that made it.
    """
    try:
        evaluation = evaluate(submission, assignment)
        finish(submission, evaluation, assignment)
    except (EvidenceError, SandboxNotReady) as error:
        fail(submission, reason=f"{error} {TRY_AGAIN}", diagnosis=getattr(error, "detail", ""))


def evaluate(submission: Submission, assignment: Assignment) -> Evaluation:
    """Collect and evaluate a submission's evidence; store nothing.

    Raises EvidenceMissing, EvidenceTooLarge, SandboxNotReady, NotPrepared.
    """
    evidence = gather_evidence(submission, assignment)
    results = evaluate_all(assignment.spec.graded, evidence)
    return Evaluation(
        results=results,
        evidence=evidence,
        version=assignment.exercise.version,
        score=submission.worth(sum(result.earned for result in results)),
    )


def gather_evidence(submission: Submission, assignment: Assignment) -> Evidence:
    """Gather all that an assignment is graded by; store nothing.

    Raises SandboxNotReady, NotPrepared, EvidenceTooLarge.
    """
    checks, values = assignment.spec.checks, assignment.values
    evidence = inspect_machine(submission, checks) if checks else empty_evidence()
    evidence["answers"] = submission.evidence.get("answers", {})
    evidence["about"] |= {"exercise": assignment.exercise.version}
    if values:
        evidence["about"]["parameters"] = dict(values)
    return evidence


def inspect_machine(submission: Submission, checks: Sequence[CheckSpec]) -> Evidence:
    """Collect what the checks name from the student's machine.

    Raises SandboxNotReady, NotPrepared.
    """
    sandbox = submission.sandbox
    machine = prepared_machine(sandbox, submission.exercise)
    # When its machines became the student's, prepared as they were.
    opened = (sandbox.ready_at or sandbox.created_at).timestamp() if sandbox else 0.0
    subject = Subject(
        container_id=machine.container_id,
        image=machine.image,
        kind=machine.kind,
        checker=checker_version(settings.VAR_DIR / "tools"),
        opened=opened,
        machine=machine,
        student=submission.user,
    )
    return collect(
        checks=checks,
        subject=subject,
        engine=engine_for(machine.host),
        bytes_max=settings.EVIDENCE_MAX_BYTES,
    )


def finish(submission: Submission, evaluation: Evaluation, assignment: Assignment) -> bool:
    """Store an evaluation; return whether the submission was still open."""
    with transaction.atomic():
        closed = close(submission, **evaluation.fields())
        if closed:
            settle(submission, evaluation, assignment)
    return closed


def settle(submission: Submission, evaluation: Evaluation, assignment: Assignment) -> None:
    """Update score and predictions of a submission that was just graded, and announce it."""
    count_attempt(submission)
    record_measurements([(assignment, evaluation.measured)])
    announce(submission, assignment)


def fail(submission: Submission, *, reason: str, diagnosis: str = "") -> bool:
    """Close a submission that could not be graded; it never counts.

    `diagnosis` is for authors. Return whether the submission was still open.
    """
    if diagnosis:
        key = submission.exercise.key
        logger.warning("exercise %s could not be graded: %s\n%s", key, reason, diagnosis)
    closed = close(
        submission, state=Submission.State.NOT_GRADED, reason=reason, diagnosis=diagnosis
    )
    if closed:
        announce(submission)
    return closed


def close(submission: Submission, **changes: Any) -> bool:
    """Close a submission that is still collecting.

    Return False when somebody else has changed it meanwhile.
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
    return True
