"""Find the solutions and wrong answers to verify in lessons."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from curriculum.loader.contents import decode_text
from curriculum.loader.files import CourseFiles, ExerciseFiles, LessonFiles
from curriculum.schema.parameters import draw
from curriculum.schema.placeholders import fill, fill_spec
from curriculum.schema.specs import ExerciseSpec
from sandboxes.machine_types.images import BUILD_PREFIX, IMAGE_PREFIX


class NamedCase(Protocol):
    """Name what was verified, for reports."""

    @property
    def suite(self) -> str:
        """Return course/lesson/exercise."""
        ...

    @property
    def name(self) -> str:
        """Return what was verified, within the exercise."""
        ...

    @property
    def is_solution(self) -> bool:
        """Whether this case must pass; such cases are reported first."""
        ...


@dataclass(frozen=True)
class Outcome:
    """Hold a case's outcome: faults of the lesson, or an error of the platform."""

    case: NamedCase
    seconds: float
    faults: tuple[str, ...] = ()
    error: str = ""

    @property
    def passed(self) -> bool:
        """Whether all is as it should be."""
        return not self.faults and not self.error


@dataclass(frozen=True)
class Case:
    """Hold one script of an exercise: its solution, or a wrong answer.

    `seed` is that of the exercise's parameters: each is another student.
    """

    lesson: LessonFiles
    exercise: ExerciseFiles
    script: Path
    seed: int = 1

    @property
    def suite(self) -> str:
        """Return course/lesson/exercise."""
        return f"{self.lesson.key}/{self.exercise.spec.slug}"

    @property
    def name(self) -> str:
        """Return which script is run, within the exercise, and with which values."""
        name = self.script.relative_to(self.exercise.folder).with_suffix("").as_posix()
        values = (f"{parameter}={value}" for parameter, value in self.values.items())
        return " ".join([name, *values])

    @property
    def values(self) -> dict[str, str]:
        """Draw the values of the exercise's parameters."""
        return draw_for(self.exercise, self.suite, self.seed)

    @property
    def spec(self) -> ExerciseSpec:
        """Return the exercise with its values."""
        return fill_spec(self.exercise.spec, self.values)

    @property
    def text(self) -> str:
        """Return the script with its values. Raises OSError."""
        return fill(decode_text(self.script.read_bytes()), self.values)

    @property
    def is_solution(self) -> bool:
        """Whether it is the exercise's solution, or else a wrong answer."""
        return self.script.parent == self.exercise.folder

    @property
    def kind(self) -> str:
        """Return the type of the machine that the script runs in."""
        return machine_type_in(self.lesson, self.exercise.spec.machine)

    @property
    def kinds(self) -> set[str]:
        """Return the types of machines that it takes."""
        return {self.kind}


def machine_type_in(lesson: LessonFiles, name: str | None) -> str:
    """Return the type of a lesson's machine."""
    machine = next(machine for machine in lesson.spec.machines if machine.name == name)
    if machine.image:
        return f"{IMAGE_PREFIX}{machine.image}"
    return machine.kind or f"{BUILD_PREFIX}{lesson.key}/{machine.name}"


def draw_for(exercise: ExerciseFiles, suite: str, seed: int) -> dict[str, str]:
    """Draw the values of an exercise's parameters for a student who does not exist."""
    return draw(exercise.spec.parameters, f"verify {seed}/{suite}")


def find_cases(
    courses: Iterable[CourseFiles], *, course: str = "", exercise: str = "", seeds: int = 1
) -> list[Case]:
    """Find the cases of all exercises, of one course, or of the exercises with this slug.

    They come in reading order. Where an exercise has parameters, its solution is verified with so
    many seeds, each wrong answer with the first.
    """
    return [
        Case(lesson, files, script, seed)
        for lesson, files in find_exercises(courses, course=course, exercise=exercise)
        if files.spec.checks
        for script, seed in scripts_of(files, seeds)
    ]


def find_exercises(
    courses: Iterable[CourseFiles], *, course: str, exercise: str
) -> Iterator[tuple[LessonFiles, ExerciseFiles]]:
    """Yield the exercises of a course, or of all, that have this slug, or any."""
    for course_files in courses:
        if course not in ("", course_files.spec.slug):
            continue
        for lesson in course_files.lessons:
            for files in lesson.exercises:
                if exercise in ("", files.spec.slug):
                    yield lesson, files


def scripts_of(exercise: ExerciseFiles, seeds: int) -> Iterator[tuple[Path, int]]:
    """Yield an exercise's scripts, each with a seed."""
    for seed in range(1, (seeds if exercise.spec.parameters else 1) + 1):
        yield exercise.folder / "solution.sh", seed
    for script in sorted((exercise.folder / "wrong").glob("*.sh")):
        yield script, 1
