"""Verify lessons' texts: run their blocks in order, and compare what they say that these print.

A lesson gets fresh machines, prepared as its students', and a terminal in each. Blocks are typed as
*Run* types them, those of exercises' tasks where the exercise stands, so that what one block leaves
behind is there for the next.
"""

import base64
import re
import shlex
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path

from curriculum.loader.files import CourseFiles, ExerciseFiles, LessonFiles
from curriculum.loader.sources import read_front_matter
from curriculum.rendering.links import LESSON_FILE
from curriculum.rendering.markdown import render_lesson
from curriculum.rendering.page import RenderContext
from curriculum.rendering.run_blocks import RunBlock
from curriculum.schema.placeholders import fill
from grading.verification.cases import Outcome, draw_for, machine_type_in
from grading.verification.rig import Terminal, VerificationRig
from sandboxes.errors import EngineError

# A guest that is emulated on a busy host takes a minute to come to its prompt.
BLOCK_SECONDS = 240
SHOWN_LINES = 3


@dataclass(frozen=True)
class TextBlock:
    """Hold a block, and the file and line that it begins on."""

    block: RunBlock
    file: Path
    line: int

    @property
    def place(self) -> str:
        """Return where the block stands, and how it begins."""
        first = self.block.save or self.block.code.strip().partition("\n")[0]
        return f"{self.file.name}:{self.line}: `{first}`"


@dataclass(frozen=True)
class TextCase:
    """Hold a lesson whose text is verified."""

    lesson: LessonFiles

    @property
    def suite(self) -> str:
        """Return course/lesson."""
        return self.lesson.key

    @property
    def name(self) -> str:
        """Return what is verified of the lesson."""
        return "text"

    @property
    def is_solution(self) -> bool:
        """Whether this case must pass: every text must."""
        return True

    @property
    def blocks(self) -> tuple[TextBlock, ...]:
        """Return the blocks that run, in the order of the page, with a student's values."""
        return tuple(blocks_of(self.lesson))

    @property
    def machines(self) -> dict[str, str]:
        """Return the types of the machines that blocks run in, by name."""
        used = {text_block.block.machine for text_block in self.blocks}
        names = [machine.name for machine in self.lesson.spec.machines if machine.name in used]
        return {name: machine_type_in(self.lesson, name) for name in names}

    @property
    def kinds(self) -> set[str]:
        """Return the types of machines that it takes."""
        return set(self.machines.values())


def find_texts(
    courses: Iterable[CourseFiles], *, course: str = "", lesson: str = "", exercise: str = ""
) -> list[TextCase]:
    """Find the lessons whose texts have blocks to run; none where an exercise is chosen."""
    lessons = [
        files
        for course_files in courses
        if course in ("", course_files.spec.slug) and not exercise
        for files in course_files.lessons
        if lesson in ("", files.spec.slug)
    ]
    return [case for case in map(TextCase, lessons) if case.blocks]


def blocks_of(lesson: LessonFiles) -> Iterator[TextBlock]:
    """Yield the blocks of a lesson, those of an exercise's task where the exercise stands."""
    machines = frozenset(machine.name for machine in lesson.spec.machines)
    file = lesson.folder / LESSON_FILE
    begin = read_front_matter(file).body_line
    rendering = render_lesson(lesson.spec.body, context=RenderContext(lesson.folder, machines))
    exercises = {exercise.spec.slug: exercise for exercise in lesson.exercises}
    places: list[tuple[int, RunBlock | ExerciseFiles]] = [
        *((block.line, block) for block in rendering.run_blocks),
        *((line, exercises[slug]) for slug, line in rendering.placed if slug in exercises),
    ]
    for line, item in sorted(places, key=lambda place: place[0]):
        if isinstance(item, RunBlock):
            yield TextBlock(item, file, begin + line)
        else:
            yield from blocks_of_exercise(lesson, item, machines)


def blocks_of_exercise(
    lesson: LessonFiles, exercise: ExerciseFiles, machines: frozenset[str]
) -> Iterator[TextBlock]:
    """Yield the blocks of an exercise's task, with the values of a student."""
    file = exercise.folder / "exercise.md"
    begin = read_front_matter(file).body_line
    values = draw_for(exercise, f"{lesson.key}/{exercise.spec.slug}", 1)
    text = fill(exercise.spec.body, values)
    for block in render_lesson(text, context=RenderContext(exercise.folder, machines)).run_blocks:
        yield TextBlock(block, file, begin + block.line)


def verify_text(case: TextCase, rig: VerificationRig, release: Callable[[str], object]) -> Outcome:
    """Run the blocks of a lesson; `release` gets the ids of its machines."""
    began = time.monotonic()
    faults: list[str] = []
    error = ""
    try:
        with ExitStack() as stack:
            terminals = {
                name: stack.enter_context(prepared_terminal(case, name, kind, rig, release))
                for name, kind in case.machines.items()
            }
            for text_block in case.blocks:
                terminal = terminals[text_block.block.machine]
                faults += block_faults(text_block, terminal)
    except (EngineError, OSError) as failure:
        error = f"{type(failure).__name__}: {failure}"
    return Outcome(case, time.monotonic() - began, tuple(faults), error)


def block_faults(text_block: TextBlock, terminal: Terminal) -> list[str]:
    """Run a block and find what is not as it states."""
    block = text_block.block
    code = saving_command(block) if block.save else block.code
    printed = terminal.run(code, until=block.until, seconds=BLOCK_SECONDS)
    if not printed.ended:
        return [f"{text_block.place} has not ended: {shown(printed.text)}"]
    missing = [f"does not print “{text}”" for text in block.prints if text not in printed.text]
    missing += [f"prints “{text}”" for text in block.lacks if text in printed.text]
    missing += [
        f"prints nothing that matches {pattern}"
        for pattern in block.matches
        if not re.search(pattern, printed.text, re.MULTILINE)
    ]
    if not block.until and block.exit_code not in (None, printed.exit_code):
        missing.append(f"ends with exit code {printed.exit_code}, not {block.exit_code}")
    return [f"{text_block.place} {fault}: {shown(printed.text)}" for fault in missing]


def saving_command(block: RunBlock) -> str:
    """Return a command that writes a block into its file, as *Save* does."""
    path, folder = shlex.quote(block.save), shlex.quote(block.save.rpartition("/")[0] or "/")
    lines = base64.encodebytes(block.code.encode()).decode()
    return f"mkdir -p {folder} && base64 -d > {path} <<'END'\n{lines}END\n"


def shown(text: str) -> str:
    """Return the end of what was printed, for a report."""
    lines = [line for line in text.splitlines() if line.strip()]
    return " ⏎ ".join(lines[-SHOWN_LINES:])[:300] or "(nothing)"


def prepared_terminal(
    case: TextCase, name: str, kind: str, rig: VerificationRig, release: Callable[[str], object]
) -> AbstractContextManager[Terminal]:
    """Make a machine of a lesson, prepared for its exercises, and open its terminal."""
    scripts = [
        fill(exercise.spec.setup, draw_for(exercise, f"{case.suite}/{exercise.spec.slug}", 1))
        for exercise in case.lesson.exercises
        if exercise.spec.setup and exercise.spec.machine == name
    ]
    return rig.terminal(kind, name, scripts, release)
