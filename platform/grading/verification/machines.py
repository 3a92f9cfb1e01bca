"""Lessons tried in real machines: is every exercise solved by its solution, and failed by its wrong answers?

One case is a machine and what is done in it. The solution's case takes one machine for everything that has to come in
this order: untouched it earns nothing, the solution earns all points, so it does when run once more, and a new shell
works afterwards. Each wrong answer gets a fresh machine. Cases share nothing, so they run side by side; and nobody
waits for a machine to be removed, which takes a busy engine a third of the time.
"""

import logging
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Protocol

from django.conf import settings

from checks.evidence import Target, collect
from checks.judges import CheckResult, evaluate_all
from checks.specs import CheckSpec
from curriculum.loader.reader import CourseFiles, ExerciseFiles, LessonFiles
from curriculum.loader.script_faults import failing_check
from curriculum.schema.parameters import draw
from curriculum.schema.placeholders import fill, fill_spec
from curriculum.schema.specs import ExerciseSpec
from grading.errors import EvidenceMissing
from sandboxes.engine.facts import ImageFact
from sandboxes.engine.interface import SandboxEngine
from sandboxes.errors import EngineError
from sandboxes.machine_types.images import BUILD_PREFIX, IMAGE_PREFIX
from sandboxes.provisioning.boot import machine_spec, make_and_start
from sandboxes.provisioning.setup_scripts import command_line

logger = logging.getLogger(__name__)

GOES_ON = "touch /root/.drydock-verify && rm /root/.drydock-verify"


class Shell(Protocol):
    """Runs scripts as the student would, as root in a container."""

    def __call__(self, container_id: str, script: str) -> int:
        """Run it as command_line() says and return its exit code. Raises EngineError when it does not end in time."""
        ...


def draw_for(exercise: ExerciseFiles, suite: str, seed: int) -> dict[str, str]:
    """The values of an exercise's parameters for one of those that nobody is."""
    return draw(exercise.spec.parameters, f"verify {seed}/{suite}")


@dataclass(frozen=True)
class Case:
    """One script of an exercise: its solution, or a wrong answer. `seed` is that of an exercise's parameters: each is
    another student."""

    lesson: LessonFiles
    exercise: ExerciseFiles
    script: Path
    seed: int = 1

    @property
    def suite(self) -> str:
        """course/lesson/exercise."""
        return f"{self.lesson.key}/{self.exercise.spec.slug}"

    @property
    def name(self) -> str:
        """What is tried, within the exercise, and with which values."""
        name = self.script.relative_to(self.exercise.folder).with_suffix("").as_posix()
        return " ".join([name, *(f"{parameter}={value}" for parameter, value in self.values.items())])

    @property
    def values(self) -> dict[str, str]:
        """Of the exercise's parameters."""
        return draw_for(self.exercise, self.suite, self.seed)

    @property
    def spec(self) -> ExerciseSpec:
        """The exercise with its values."""
        return fill_spec(self.exercise.spec, self.values)

    @property
    def text(self) -> str:
        """What is to be run. Raises OSError."""
        return fill(self.script.read_text(), self.values)

    @property
    def is_solution(self) -> bool:
        """Or else a wrong answer."""
        return self.script.parent == self.exercise.folder

    @property
    def kind(self) -> str:
        """Of the machine that it is tried in."""
        machine = next(one for one in self.lesson.spec.machines if one.name == self.exercise.spec.machine)
        if machine.image:
            return f"{IMAGE_PREFIX}{machine.image}"
        return machine.kind or f"{BUILD_PREFIX}{self.lesson.key}/{machine.name}"


class Named(Protocol):
    """Whatever was tried, as reports name it."""

    @property
    def suite(self) -> str:
        """course/lesson/exercise."""
        ...

    @property
    def name(self) -> str:
        """What was tried, within the exercise."""
        ...

    @property
    def is_solution(self) -> bool:
        """Whether it is what must pass, which is reported first."""
        ...


@dataclass(frozen=True)
class Outcome:
    """What came of a case: nothing wrong, faults of the lesson, or an error of the platform."""

    case: Named
    seconds: float
    faults: tuple[str, ...] = ()
    error: str = ""

    @property
    def passed(self) -> bool:
        """Whether all is as it should be."""
        return not self.faults and not self.error


@dataclass(frozen=True)
class Workshop:
    """Where machines are made: an engine, its images by kind, and a way to type into a machine."""

    engine: SandboxEngine
    images: Mapping[str, ImageFact]
    shell: Shell

    def remove(self, machine_id: str) -> None:
        """Remove a machine. One that the engine does not let go of is left to whoever sweeps up after the workshop."""
        try:
            self.engine.remove_machine(machine_id)
        except EngineError as error:
            logger.warning("machine %s is not removed yet: %s", machine_id, error)

    @contextmanager
    def machine(self, case: Case, done: Callable[[str], object]) -> Iterator["Tried"]:
        """A fresh machine for a case, prepared by its setup.sh. `done` gets its id afterwards. Raises EngineError."""
        image, machine_id = self.images[case.kind], str(uuid.uuid4())
        hostname = case.exercise.spec.machine or ""
        spec = machine_spec(case.kind, machine_id=machine_id, image=image, transport="exec", hostname=hostname)
        try:
            handle = make_and_start(self.engine, spec)
            tried = Tried(self, case, Target(container_id=handle.container_id, image=image.id, kind=case.kind))
            tried.prepare()
            yield replace(tried, target=replace(tried.target, opened=time.time()))
        finally:
            done(machine_id)


@dataclass(frozen=True)
class Tried:
    """A running machine in which a case is tried."""

    workshop: Workshop
    case: Case
    target: Target

    def run(self, script: str) -> int:
        """The exit code of a script that the student runs."""
        return self.workshop.shell(self.target.container_id, script)

    def prepare(self) -> None:
        """Run the exercise's setup.sh, if any, as a student's machine is prepared; before the solution once more,
        which must do no harm. Raises EngineError when it fails."""
        setup = self.case.spec.setup
        times = 0 if not setup else 2 if self.case.is_solution else 1  # workers may be killed half-way
        for _ in range(times):
            argv = command_line(setup)
            if code := self.workshop.engine.run_script(self.target.container_id, argv, settings.SETUP_SECONDS):
                raise EngineError(f"setup.sh ended with exit code {code}")

    def grade(self, only: str = "") -> list[CheckResult]:
        """The results of the exercise's checks, or of one and those that have to pass before it, which may be much
        cheaper. Raises EvidenceMissing."""
        wanted = _with_those_before(self.case.spec.checks, only)
        checks = [check for check in self.case.spec.checks if not only or check.id in wanted]
        return evaluate_all(checks, collect(checks=checks, target=self.target, engine=self.workshop.engine))


def _with_those_before(checks: Sequence[CheckSpec], wanted: str) -> set[str]:
    """The id of a check, and of all that have to pass before it, which stand above it."""
    needed = {wanted}
    for check in reversed(checks):
        needed |= set(check.after) if check.id in needed else set()
    return needed


def find_cases(courses: Iterable[CourseFiles], *, course: str = "", exercise: str = "", seeds: int = 1) -> list[Case]:
    """The cases of all exercises, or of one course's, or of the exercises with this slug, in reading order. Where an
    exercise has parameters, its solution is tried with so many seeds, each wrong answer with the first."""
    lessons = [lesson for one in courses if course in ("", one.spec.slug) for lesson in one.lessons]
    return [
        Case(lesson, one, script, seed)
        for lesson in lessons
        for one in lesson.exercises
        if exercise in ("", one.spec.slug) and one.spec.checks
        for script, seed in _scripts(one, seeds)
    ]


def _scripts(exercise: ExerciseFiles, seeds: int) -> Iterator[tuple[Path, int]]:
    for seed in range(1, (seeds if exercise.spec.parameters else 1) + 1):
        yield exercise.folder / "solution.sh", seed
    for script in sorted((exercise.folder / "wrong").glob("*.sh")):
        yield script, 1


def verify(cases: Iterable[Case], workshop: Workshop, *, jobs: int = 1) -> Iterator[Outcome]:
    """Try the cases, `jobs` at a time, and give each outcome as it comes. Nothing is left on the engine."""
    with ThreadPoolExecutor(jobs) as removing, ThreadPoolExecutor(jobs) as pool:
        futures = [pool.submit(try_case, case, workshop, partial(_later, removing, workshop)) for case in cases]
        try:
            for future in as_completed(futures):
                yield future.result()
        finally:
            for future in futures:
                future.cancel()


def _later(removing: Executor, workshop: Workshop, machine_id: str) -> None:
    removing.submit(workshop.remove, machine_id)


def try_case(case: Case, workshop: Workshop, done: Callable[[str], object]) -> Outcome:
    """One case; `done` gets the id of its machine. What goes wrong with engine or checker is the outcome's `error`."""
    began = time.monotonic()
    faults: list[str] = []
    error = ""
    try:
        with workshop.machine(case, done) as tried:
            faults += _solution_faults(tried) if case.is_solution else _wrong_faults(tried)
    except (EngineError, EvidenceMissing, OSError) as failure:
        error = f"{type(failure).__name__}: {failure}"
    return Outcome(case, time.monotonic() - began, tuple(faults), error)


def _solution_faults(tried: Tried) -> list[str]:
    script = tried.case.text
    faults = [f"untouched, {one.check} is passed already" for one in tried.grade() if one.passed]
    for time_run in ("the solution", "the solution run twice"):
        if code := tried.run(script):
            faults.append(f"{time_run} ends with exit code {code}")
        faults += [f"{time_run} fails {one.check}: {one.found}" for one in tried.grade() if not one.passed]
    if tried.run(GOES_ON):
        faults.append("after the solution the machine can't go on: a new shell can't write to its home")
    return faults


def _wrong_faults(tried: Tried) -> list[str]:
    named, _ = failing_check(tried.case.script)
    tried.run(tried.case.text)
    result = next((one for one in tried.grade(only=named) if one.check == named), None) if named else None
    if result is None:
        return [f"names no check of the exercise: {named or 'no line `# fails: <check id>`'}"]
    if result.waits_for:
        return [f"does not come as far as {named}: it fails {', '.join(result.waits_for)} first"]
    return [f"passes {named}"] if result.passed else []
