"""Make the machines in which lessons are verified, and run and check things in them."""

import logging
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Protocol

from django.conf import settings

from checks.evidence.collector import collect
from checks.evidence.tasks import Subject
from checks.registry import CheckSpec
from checks.results import CheckResult, evaluate_all
from grading.verification.cases import Case
from sandboxes.engine.facts import ImageFact
from sandboxes.engine.interface import SandboxEngine
from sandboxes.errors import EngineError
from sandboxes.provisioning.boot import machine_spec, make_and_start
from sandboxes.setup_scripts import command_line

logger = logging.getLogger(__name__)


class Shell(Protocol):
    """Run scripts as the student would, as root in a container."""

    def __call__(self, container_id: str, script: str) -> int:
        """Run a script as command_line() says and return its exit code.

        Raises EngineError when it does not end in time.
        """
        ...


@dataclass(frozen=True)
class VerificationRig:
    """Hold an engine, its images by kind, and a way to type into a machine."""

    engine: SandboxEngine
    images: Mapping[str, ImageFact]
    shell: Shell

    def remove(self, machine_id: str) -> None:
        """Remove a machine.

        A machine that can't be removed is left for the clean-up after the rig.
        """
        try:
            self.engine.remove_machine(machine_id)
        except EngineError as error:
            logger.warning("machine %s is not removed yet: %s", machine_id, error)

    @contextmanager
    def machine(self, case: Case, release: Callable[[str], object]) -> Iterator["Attempt"]:
        """Make a fresh machine for a case, prepared by its setup.sh.

        `release` gets its id afterwards. Raises EngineError.
        """
        image, machine_id = self.images[case.kind], str(uuid.uuid4())
        spec = machine_spec(
            case.kind,
            machine_id=machine_id,
            image=image,
            transport="exec",
            hostname=case.exercise.spec.machine or "",
        )
        try:
            handle = make_and_start(self.engine, spec)
            subject = Subject(container_id=handle.container_id, image=image.id, kind=case.kind)
            attempt = Attempt(self, case, subject)
            attempt.prepare()
            yield replace(attempt, subject=replace(subject, opened=time.time()))
        finally:
            release(machine_id)


@dataclass(frozen=True)
class Attempt:
    """Hold a running machine in which a case is tried."""

    rig: VerificationRig
    case: Case
    subject: Subject

    def run(self, script: str) -> int:
        """Run a script as the student, and return its exit code."""
        return self.rig.shell(self.subject.container_id, script)

    def prepare(self) -> None:
        """Run the exercise's setup.sh, if any, as a student's machine is prepared.

        Before the solution it runs twice, which must do no harm: workers may be killed half-way.
        Raises EngineError when it fails.
        """
        setup = self.case.spec.setup
        times = 0 if not setup else 2 if self.case.is_solution else 1
        for _ in range(times):
            argv = command_line(setup)
            code = self.rig.engine.run_script(
                self.subject.container_id, argv, settings.SETUP_SECONDS
            )
            if code:
                raise EngineError(f"setup.sh ended with exit code {code}")

    def grade(self, only: str = "") -> list[CheckResult]:
        """Evaluate the exercise's checks, or one and those that have to pass before it.

        The latter may be much cheaper. Raises EvidenceMissing, EvidenceTooLarge.
        """
        checks = self.case.spec.checks
        needed = with_prerequisites(checks, only)
        checks = tuple(check for check in checks if not only or check.id in needed)
        evidence = collect(
            checks=checks,
            subject=self.subject,
            engine=self.rig.engine,
            bytes_max=settings.EVIDENCE_MAX_BYTES,
        )
        return evaluate_all(checks, evidence)


def with_prerequisites(checks: Sequence[CheckSpec], check_id: str) -> set[str]:
    """Return the id of a check and of all checks that have to pass before it."""
    needed = {check_id}
    for check in reversed(checks):  # those before it stand above it
        needed |= set(check.after) if check.id in needed else set()
    return needed
