"""Make the machines in which lessons are verified, and run and check things in them."""

import logging
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

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


class Printed(NamedTuple):
    """Hold what a block of code has printed, and how it ended."""

    text: str
    exit_code: int | None
    ended: bool = True


class Terminal(Protocol):
    """Type at a machine's prompt, as the student would."""

    def run(self, code: str, *, until: str, seconds: float) -> Printed:
        """Type a block, and wait for the prompt after it.

        With `until`, Ctrl-C is pressed once that was printed. Raises EngineError when the terminal
        is gone.
        """
        ...


@dataclass(frozen=True)
class VerificationRig:
    """Hold an engine, its images by kind, and ways to run scripts in a machine and to type."""

    engine: SandboxEngine
    images: Mapping[str, ImageFact]
    shell: Shell
    open_terminal: Callable[[str], AbstractContextManager[Terminal]] | None = None

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
        with self.subject(case.kind, case.exercise.spec.machine or "", release) as subject:
            attempt = Attempt(self, case, subject)
            attempt.prepare()
            yield replace(attempt, subject=replace(subject, opened=time.time()))

    @contextmanager
    def subject(
        self, kind: str, hostname: str, release: Callable[[str], object]
    ) -> Iterator[Subject]:
        """Make a machine and start it. Raises EngineError."""
        image, machine_id = self.images[kind], str(uuid.uuid4())
        spec = machine_spec(
            kind, machine_id=machine_id, image=image, transport="exec", hostname=hostname
        )
        try:
            handle = make_and_start(self.engine, spec)
            yield Subject(container_id=handle.container_id, image=image.id, kind=kind)
        finally:
            release(machine_id)

    @contextmanager
    def terminal(
        self, kind: str, name: str, setup: Iterable[str], release: Callable[[str], object]
    ) -> Iterator[Terminal]:
        """Make a machine, prepare it by setup scripts, and open its terminal.

        Raises EngineError.
        """
        if self.open_terminal is None:
            raise EngineError("this rig has no terminals")
        with self.subject(kind, name, release) as subject:
            for script in setup:
                self.prepare(subject, script)
            with self.open_terminal(subject.container_id) as terminal:
                yield terminal

    def prepare(self, subject: Subject, setup: str) -> None:
        """Run a setup.sh as a student's machine is prepared. Raises EngineError."""
        argv = command_line(setup)
        if code := self.engine.run_script(subject.container_id, argv, settings.SETUP_SECONDS):
            raise EngineError(f"setup.sh ended with exit code {code}")


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
            self.rig.prepare(self.subject, setup)

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
