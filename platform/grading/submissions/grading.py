"""The life of a submission: queued → collecting → graded or not graded. Nothing else writes its state, and each step is
one conditional UPDATE, so that tasks may be delivered twice, late, or not at all. A quiz begins as collecting: nothing
has to be looked at, and it is graded where it is handed in."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from checks.evidence import Target, checker_version, collect
from checks.evidence.schema import Evidence, check_size, empty_evidence
from checks.judges import CheckResult, evaluate_all
from checks.specs import CheckSpec, HistoryCheck
from core.events import publish
from core.logging import context
from curriculum.models import Exercise
from curriculum.schema.specs import ExerciseSpec
from grading.errors import EvidenceMissing, EvidenceTooLarge, NotPrepared, SandboxNotReady
from grading.models import Score, Submission
from grading.policy import solution_is_open
from grading.predictions.service import note_measured
from grading.queries import stuck_submissions
from grading.scores import count_attempt
from grading.submissions.feedback import feedback
from grading.variants import spec_with, values_for, values_graded_with
from sandboxes.docker_events.history import stored_history
from sandboxes.hosts import engine_for
from sandboxes.models import Machine, Sandbox
from sandboxes.registry.hosts import registry_of
from sandboxes.registry.names import registry_name

logger = logging.getLogger(__name__)

# A queued submission whose task may have been lost is queued again after this; twice in the queue is harmless.
REQUEUE_AFTER = timedelta(seconds=15)
# One that is being collected for longer than its task may run (tasks.py) has lost its worker.
INTERRUPTED_AFTER = timedelta(seconds=95)

TRY_AGAIN = "This does not count as an attempt; check again."
INTERRUPTED = f"The platform was interrupted while it looked at your machine. {TRY_AGAIN}"
NOT_PREPARED = (
    "Your machine could not be prepared for this exercise, so there is nothing to check yet. Have it prepared once "
    "more; if that fails again, tell your instructor."
)
BROKEN = f"Something went wrong on the platform's side. {TRY_AGAIN}"


@dataclass(frozen=True)
class Outcome:
    """What came of the checks, with what they looked at."""

    results: Sequence[CheckResult]
    evidence: Evidence
    version: str

    @property
    def earned(self) -> int:
        """Points that the checks earned, before anything is taken off."""
        return sum(result.earned for result in self.results)

    @property
    def points(self) -> int:
        """Points that could be earned."""
        return sum(result.points for result in self.results)

    @property
    def passed(self) -> bool:
        """Whether every check passed; what is taken off for hints or lateness changes nothing about that."""
        return self.earned == self.points

    def fields_of(self, submission: Submission) -> dict[str, Any]:
        """What stands in the submission that it is the end of."""
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
    """Take a queued submission, look at its machine and judge what was found. False when there was nothing to take:
    another delivery of the task was quicker. An unforeseen error is raised after the submission was closed."""
    submission = take(submission_id)
    if submission is None:
        return False
    context.bind(user_id=submission.user_id, sandbox_id=submission.sandbox_id)
    try:
        _judge_and_close(submission)
    except Exception:
        fail(submission, reason=BROKEN)
        raise
    return True


def grade_answers(submission: Submission) -> None:
    """Grade a quiz that was made as collecting, in the transaction that made it."""
    _judge_and_close(submission)


def _judge_and_close(submission: Submission) -> None:
    try:
        finish(submission, judge(submission))
    except (EvidenceMissing, EvidenceTooLarge, SandboxNotReady) as fault:
        fail(submission, reason=f"{fault} {TRY_AGAIN}")


def take(submission_id: UUID) -> Submission | None:
    """Move a submission from queued to collecting; None when it is not queued (any more)."""
    queued = Submission.objects.filter(pk=submission_id, state=Submission.State.QUEUED)
    if queued.update(state=Submission.State.COLLECTING, changed_at=timezone.now()) != 1:
        return None
    related = ("exercise__lesson__course", "sandbox", "user")
    submission = Submission.objects.select_related(*related).get(pk=submission_id)
    announce(submission)
    return submission


def finish(submission: Submission, outcome: Outcome) -> bool:
    """Store what came out and raise the score. False, and nothing changes, when the submission was closed meanwhile."""
    with transaction.atomic():
        closed = _close(submission, **outcome.fields_of(submission))
        if closed:
            settle(submission)
    return closed


def settle(submission: Submission) -> None:
    """What follows from a submission that was just graded: the score, and what the student has measured."""
    count_attempt(submission)
    note_measured([submission])


def fail(submission: Submission, *, reason: str) -> bool:
    """Close a submission that could not be graded. It never counts. False when it was closed meanwhile."""
    return _close(submission, state=Submission.State.NOT_GRADED, reason=reason)


def interrupt(submission_id: UUID) -> bool:
    """Close a submission whose worker died while it was collecting."""
    related = Submission.objects.select_related("exercise__lesson__course")
    submission = related.filter(pk=submission_id, state=Submission.State.COLLECTING).first()
    return submission is not None and fail(submission, reason=INTERRUPTED)


def resume(queue: Callable[[UUID], None]) -> None:
    """Queue again what seems to be lost and close what lost its worker. `queue` queues the grading of one."""
    now = timezone.now()
    for pk in stuck_submissions(state=Submission.State.QUEUED, since=now, after=REQUEUE_AFTER):
        if Submission.objects.filter(pk=pk, state=Submission.State.QUEUED).update(changed_at=now) == 1:
            queue(pk)
    for pk in stuck_submissions(state=Submission.State.COLLECTING, since=now, after=INTERRUPTED_AFTER):
        interrupt(pk)


def announce(submission: Submission) -> None:
    """Tell the student's open pages, once the change is there to be read."""
    transaction.on_commit(lambda: _publish(submission))


def submission_payload(submission: Submission, score: Score | None = None) -> dict[str, Any]:
    """The submission as JSON: {"id", "exercise": "course/lesson/slug", "number", "state", "reason", "score", "points",
    "passed", "automatic", "late", "late_percent", "hint_cost", "results": [CheckResult as students see it],
    "override": null or {"reason"} when an instructor has set the score, "answers" and "feedback" (grading.feedback) to
    a quiz's questions, by their ids}. Select exercise__lesson__course with it. Without `score`, the student's at the
    exercise, it is read where a quiz may show a solution: one query."""
    exercise = submission.exercise
    return {
        "id": str(submission.pk),
        "exercise": f"{exercise.lesson.key}/{exercise.slug}",
        "number": submission.number,
        "state": str(submission.state),
        "reason": submission.reason,
        "score": submission.score,
        "points": submission.points,
        "passed": submission.passed,
        "automatic": submission.automatic,
        "late": submission.late,
        "late_percent": submission.late_percent,
        "hint_cost": submission.hint_cost,
        "results": shown_to_students(submission.results),
        "override": {"reason": submission.override_reason} if submission.override_reason else None,
        **_answered(submission, score),
    }


def shown_to_students(results: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Results without what was expected and found where their checks are hidden. (Rows of version 0.1 say nothing of
    order and hiding.)"""
    secret = {"expected": "", "found": ""}
    plain = {"waits_for": [], "hidden": False}
    return [{**plain, **result, **(secret if result.get("hidden") else {})} for result in results]


def _answered(submission: Submission, score: Score | None) -> dict[str, Any]:
    """What was answered to the exercise's questions, and what may be told of that."""
    if not submission.exercise.definition.get("questions"):
        return {"answers": {}, "feedback": {}}
    spec = spec_with(submission.exercise, values_graded_with(submission))
    answers = submission.evidence.get("answers", {})
    told = feedback(spec.questions, answers, submission.results, solved=_solved(submission, spec, score))
    return {"answers": {name: one for name, one in answers.items() if one is not None}, "feedback": told}


def _solved(submission: Submission, spec: ExerciseSpec, score: Score | None) -> bool:
    """Whether the right answers may be seen."""
    if submission.passed or spec.show_solution == "never":
        return submission.passed
    score = score or Score.objects.filter(user=submission.user_id, exercise=submission.exercise_id).first() or Score()
    return solution_is_open(spec, graded=score.attempts, passed=score.passed_at is not None)


def ready_machine(sandbox: Sandbox | None, name: str) -> Machine:
    """The sandbox's running machine of that name. Raises SandboxNotReady."""
    if sandbox is None or sandbox.state != Sandbox.State.READY:
        raise SandboxNotReady("Your sandbox is not running.")
    claimed = sandbox.machines.select_related("host").filter(name=name, state=Machine.State.CLAIMED)
    machine = claimed.exclude(container_id="").first()
    if machine is None:
        raise SandboxNotReady(f"Your sandbox has no running machine {name}.")
    return machine


def prepared_machine(sandbox: Sandbox | None, exercise: Exercise) -> Machine:
    """The machine in which the exercise is done. Raises SandboxNotReady, NotPrepared."""
    machine = ready_machine(sandbox, exercise.machine)
    if exercise.setup and machine.prepared.get(exercise.slug) != Machine.PREPARED:
        raise NotPrepared(NOT_PREPARED)
    return machine


def judge(submission: Submission) -> Outcome:
    """Look at its machine and hold the checks against what is found; changes nothing. Raises EvidenceMissing,
    EvidenceTooLarge, SandboxNotReady, NotPrepared."""
    exercise = submission.exercise
    values = values_for(exercise, submission.user)
    spec = spec_with(exercise, values)
    evidence = _look(submission, spec.checks) if spec.checks else empty_evidence()
    evidence["answers"] = submission.evidence.get("answers", {})
    evidence["about"] |= {"exercise": exercise.version, **({"parameters": values} if values else {})}
    check_size(evidence, settings.EVIDENCE_MAX_BYTES)
    return Outcome(results=evaluate_all(spec.graded, evidence), evidence=evidence, version=exercise.version)


def _look(submission: Submission, checks: Sequence[CheckSpec]) -> Evidence:
    """Gather what the checks name from the student's machine. Raises SandboxNotReady, NotPrepared."""
    machine = prepared_machine(submission.sandbox, submission.exercise)
    checker = checker_version(settings.VAR_DIR / "tools")
    target = Target(
        container_id=machine.container_id,
        image=machine.image,
        kind=machine.kind,
        checker=checker,
        opened=_opened(submission.sandbox),
        owner=registry_name(submission.user),
        registry=registry_of(machine.host) if settings.REGISTRY else None,
        happened=stored_history(machine) if any(isinstance(check, HistoryCheck) for check in checks) else (),
    )
    return collect(checks=checks, target=target, engine=engine_for(machine.host))


def _opened(sandbox: Sandbox | None) -> float:
    """When its machines became the student's, prepared as they were."""
    return (sandbox.ready_at or sandbox.created_at).timestamp() if sandbox else 0.0


def _close(submission: Submission, **changes: Any) -> bool:
    """Write the end of a submission that is still ours: the same attempt, still collecting."""
    ours = Submission.objects.filter(
        pk=submission.pk, number=submission.number, state=Submission.State.COLLECTING, changed_at=submission.changed_at
    )
    changes["changed_at"] = timezone.now()
    if ours.update(**changes) != 1:
        logger.info("submission %s was closed by somebody else", submission.pk)
        return False
    for name, value in changes.items():
        setattr(submission, name, value)
    announce(submission)
    return True


def _publish(submission: Submission) -> None:
    publish(user_id=submission.user_id, kind="submission", payload={"submission": submission_payload(submission)})
