"""Gather what a submission is graded by from the student's machine."""

from collections.abc import Sequence

from django.conf import settings

from checks.evidence.collector import checker_version, collect
from checks.evidence.schema import Evidence, check_size, empty_evidence
from checks.evidence.tasks import Subject
from checks.registry import CheckSpec
from curriculum.models import Exercise
from grading.assignments import Assignment
from grading.errors import NotPrepared, SandboxNotReady
from grading.models import Submission
from sandboxes.docker_events.history import stored_history
from sandboxes.hosts import engine_for
from sandboxes.models import Machine, Sandbox
from sandboxes.registry.hosts import registry_of
from sandboxes.registry.names import registry_name

NOT_PREPARED = (
    "Your machine could not be prepared for this exercise, so there is nothing to check yet. "
    "Prepare it once more; if that fails again, tell your instructor."
)


def prepared_machine(sandbox: Sandbox | None, exercise: Exercise) -> Machine:
    """Return the running machine in which the exercise is done.

    Raises SandboxNotReady, and NotPrepared while its setup script has not run there.
    """
    if sandbox is None or sandbox.state != Sandbox.State.READY:
        raise SandboxNotReady("Your sandbox is not running.")
    claimed = sandbox.machines.select_related("host").filter(name=exercise.machine, state=Machine.State.CLAIMED)
    machine = claimed.exclude(container_id="").first()
    if machine is None:
        raise SandboxNotReady(f"Your sandbox has no running machine {exercise.machine}.")
    if exercise.setup and machine.setup_results.get(exercise.slug) != Machine.SETUP_DONE:
        raise NotPrepared(NOT_PREPARED)
    return machine


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
    check_size(evidence, settings.EVIDENCE_MAX_BYTES)
    return evidence


def inspect_machine(submission: Submission, checks: Sequence[CheckSpec]) -> Evidence:
    """Collect what the checks name from the student's machine.

    Raises SandboxNotReady, NotPrepared.
    """
    sandbox = submission.sandbox
    machine = prepared_machine(sandbox, submission.exercise)
    # When its machines became the student's, prepared as they were.
    opened = (sandbox.ready_at or sandbox.created_at).timestamp() if sandbox else 0.0
    needs_history = any(check.reads_history for check in checks)
    subject = Subject(
        container_id=machine.container_id,
        image=machine.image,
        kind=machine.kind,
        checker=checker_version(settings.VAR_DIR / "tools"),
        opened=opened,
        owner=registry_name(submission.user),
        registry=registry_of(machine.host) if settings.REGISTRY else None,
        history=stored_history(machine) if needs_history else (),
    )
    return collect(checks=checks, subject=subject, engine=engine_for(machine.host))
