"""Read courses from their folders:

    <root>/<course>/course.toml
    <root>/<course>/<NN-lesson>/lesson.md              and the lesson's pictures
    <root>/<course>/<NN-lesson>/machines/<machine>/    a Dockerfile, and what it copies, for a machine of its own
    <root>/<course>/<NN-lesson>/exercises/<exercise>/  exercise.md, exercise.toml and the scripts that test it

All faults of all files are found before anything is raised. Folders that begin with `.` or `_` are not read.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from checks.specs.measured import boot_timed
from curriculum.errors import InvalidLessonFiles, LessonFileError
from curriculum.loader.machines import machine_errors
from curriculum.loader.script_files import script_path, scripts_in
from curriculum.loader.sources import Location, Source, field_name, read_front_matter, read_toml
from curriculum.models import course_state, lesson_state
from curriculum.rendering.directives import Problem
from curriculum.rendering.links import LESSON_FILE
from curriculum.rendering.markdown import Block, Rendering, render_lesson, render_text
from curriculum.rendering.page import Setting
from curriculum.rendering.quiz import text_problems
from curriculum.schema.error_messages import faults
from curriculum.schema.placeholders import PlaceFault, parameter_faults, shield, unshield
from curriculum.schema.prerequisites import (
    FIELD,
    LESSON_FOLDER,
    Fault,
    cycle_faults,
    folder_faults,
    full_keys,
)
from curriculum.schema.specs import (
    EXERCISE_TEXT_FIELDS,
    EXERCISE_TOML_FIELDS,
    SCRIPT_FIELDS,
    CourseSpec,
    ExerciseSpec,
    LessonSpec,
    MachineSpec,
)
from sandboxes.machine_types.registry import machine_types

COURSE_FILE = "course.toml"
_FIELDS = {
    COURSE_FILE: frozenset({"title", "summary", "position"}),
    LESSON_FILE: frozenset({"title", "summary", "minutes", "machines", "draft", FIELD}),
    "exercise.md": frozenset(EXERCISE_TEXT_FIELDS),
    "exercise.toml": frozenset(EXERCISE_TOML_FIELDS),
}

SpecT = TypeVar("SpecT", bound=BaseModel)
Errors = list[LessonFileError]


@dataclass(frozen=True)
class ExerciseFiles:
    """An exercise, its text as HTML, and its folder."""

    spec: ExerciseSpec
    body_html: str
    folder: Path

    @property
    def version(self) -> str:
        """SHA-256 of everything that grading depends on, in hex. The scripts that test it are no part of that, nor are
        fields that say what is so anyway: a field that a new release adds makes no new version."""
        graded = self.spec.model_dump(mode="json", exclude=set(SCRIPT_FIELDS), exclude_defaults=True)
        return hashlib.sha256(json.dumps(graded, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class LessonFiles:
    """A lesson, its exercises in the order in which it places them, and its rendered body."""

    spec: LessonSpec
    exercises: tuple[ExerciseFiles, ...]
    blocks: tuple[Block, ...]
    contents: Mapping[str, bytes]
    folder: Path

    @property
    def key(self) -> str:
        """`course/lesson`."""
        return f"{self.folder.parent.name}/{self.spec.slug}"

    @property
    def needs(self) -> tuple[str, ...]:
        """The keys of its prerequisites."""
        return full_keys(self.folder.parent.name, self.spec.prerequisites)

    @property
    def version(self) -> str:
        """SHA-256 of its files."""
        return hash_contents(self.contents)

    @property
    def state(self) -> str:
        """What a row read from here has as its `state`."""
        return lesson_state(self.folder.name, self.version)


@dataclass(frozen=True)
class CourseFiles:
    """A course and its lessons, in order; `source` is its course.toml."""

    spec: CourseSpec
    lessons: tuple[LessonFiles, ...]
    folder: Path
    source: bytes

    @property
    def state(self) -> str:
        """What a row read from here has as its `state`."""
        return course_state(self.source)


@dataclass
class _Draft:
    """A lesson folder half read."""

    source: Source
    errors: Errors
    exercises: dict[str, ExerciseFiles] = field(default_factory=dict)


def read_courses(root: Path) -> tuple[CourseFiles, ...]:
    """All courses below `root`, or the one course that `root` is. Raises InvalidLessonFiles with every fault."""
    errors: Errors = []
    if not root.is_dir():
        raise InvalidLessonFiles([LessonFileError(root, 1, "folder", "is missing")])
    folders = [root] if (root / COURSE_FILE).is_file() else _folders(root)
    if not folders:
        errors.append(LessonFileError(root, 1, "folder", "holds no course"))
    courses = [course for course in (_read_course(folder, errors) for folder in folders) if course]
    _refuse_circles([lesson for course in courses for lesson in course.lessons], errors)
    if errors:
        raise InvalidLessonFiles(errors)
    return tuple(courses)


def read_lesson(folder: Path) -> LessonFiles:
    """One lesson. Raises InvalidLessonFiles with every fault."""
    errors: Errors = []
    lesson = _read_lesson(folder, errors)
    if lesson is None or errors:
        raise InvalidLessonFiles(errors)
    return lesson


def prerequisite_errors(file: Path, faults: Iterable[Fault]) -> Errors:
    """Faults of the prerequisites that a lesson.md names, with their lines. The file must be one that can be read."""
    return [read_front_matter(file).error((FIELD, index), message) for index, message in faults]


def _refuse_circles(lessons: Sequence[LessonFiles], errors: Errors) -> None:
    graph = {lesson.key: lesson.needs for lesson in lessons}
    for lesson in lessons:
        errors += prerequisite_errors(lesson.folder / LESSON_FILE, cycle_faults(lesson.key, graph))


def _folders(parent: Path) -> list[Path]:
    if not parent.is_dir():
        return []
    return sorted(path for path in parent.iterdir() if path.is_dir() and not path.name.startswith((".", "_")))


def _read_course(folder: Path, errors: Errors) -> CourseFiles | None:
    lessons = [_read_lesson(path, errors) for path in _folders(folder)]
    try:
        source = read_toml(folder / COURSE_FILE)
        source_bytes = (folder / COURSE_FILE).read_bytes()
    except LessonFileError as error:
        errors.append(error)
        return None
    complete = [lesson for lesson in lessons if lesson]
    _refuse_same_slug(complete, errors)
    spec = _validate(CourseSpec, {"slug": folder.name}, (source,), errors)
    if spec is None:
        return None
    return CourseFiles(
        spec.model_copy(update={"lessons": tuple(lesson.spec for lesson in complete)}),
        tuple(complete),
        folder,
        source_bytes,
    )


def _refuse_same_slug(lessons: Sequence[LessonFiles], errors: Errors) -> None:
    seen: dict[str, Path] = {}
    for lesson in lessons:
        first = seen.setdefault(lesson.spec.slug, lesson.folder)
        if first != lesson.folder:
            message = f"{lesson.spec.slug} is there twice, first in {first.name}"
            errors.append(LessonFileError(lesson.folder / LESSON_FILE, 1, "slug", message))


def _read_lesson(folder: Path, errors: Errors) -> LessonFiles | None:
    match = LESSON_FOLDER.match(folder.name)
    file = folder / LESSON_FILE
    if match is None:
        errors.append(LessonFileError(file, 1, "folder", "is not named like 01-first-steps (or _hidden)"))
        return None
    try:
        source = read_front_matter(file)
    except LessonFileError as error:
        errors.append(error)
        return None
    mine: Errors = []
    draft = _Draft(source, mine)
    given = {"slug": match["slug"], "position": int(match["position"]), "body": source.body}
    lesson = _finish(folder, draft, given)
    errors += mine
    return lesson


def _finish(folder: Path, draft: _Draft, given: dict[str, Any]) -> LessonFiles | None:
    """Read the exercises, render, and put the lesson together; None when anything is wrong with it."""
    spec = _validate(LessonSpec, given, (draft.source,), draft.errors)
    machines = frozenset(machine.name for machine in spec.machines) if spec else None
    draft.errors += machine_errors(folder, draft.source, spec.machines if spec else ())
    for index, message in folder_faults(folder, spec.slug, spec.prerequisites) if spec else ():
        draft.errors.append(draft.source.error((FIELD, index), message))
    for path in _folders(folder / "exercises"):
        exercise = _read_exercise(path, machines, draft.errors)
        if exercise:
            draft.exercises[path.name] = exercise
    rendering = render_lesson(draft.source.body, setting=Setting(folder, machines or frozenset()))
    _report(draft.source, _without_run(rendering.problems, machines), draft.errors)
    _report(draft.source, _misplaced(folder, rendering), draft.errors)
    _refuse_unseen_boots(spec.machines if spec else (), draft)
    if draft.errors or spec is None:
        return None
    exercises = tuple(draft.exercises[slug] for slug, _line in rendering.placed)
    whole = spec.model_copy(update={"exercises": tuple(exercise.spec for exercise in exercises)})
    return LessonFiles(whole, exercises, rendering.blocks, read_contents(folder), folder)


def _refuse_unseen_boots(machines: Iterable[MachineSpec], draft: _Draft) -> None:
    """A boot is timed where the student is in the guest, and nowhere else."""
    in_guests = [each.name for each in machine_types() if each.opens_in_guest]
    elsewhere = {machine.name for machine in machines if machine.kind not in in_guests}
    for exercise in draft.exercises.values():
        wanted = boot_timed(exercise.spec.checks)
        if wanted and exercise.spec.machine in elsewhere:
            table = read_toml(exercise.folder / "exercise.toml")
            message = f"boot-time takes a machine of the kind {' or '.join(in_guests)}"
            draft.errors += [table.error(("checks", index, "of"), message) for index in wanted]


def _without_run(problems: Iterable[Problem], machines: frozenset[str] | None) -> list[Problem]:
    """Don't blame a block for its machine when the lesson's own machines could not be read."""
    return [problem for problem in problems if machines is not None or problem.field != "run"]


def _misplaced(folder: Path, rendering: Rendering) -> list[Problem]:
    """Exercises that the lesson places without having them, twice, or not at all."""
    existing = {path.name for path in _folders(folder / "exercises")}
    problems, seen = [], set[str]()
    for slug, line in rendering.placed:
        if slug not in existing:
            problems.append(Problem(line, "exercise", f"there is no folder exercises/{slug}"))
        elif slug in seen:
            problems.append(Problem(line, "exercise", f"{slug} is placed twice"))
        seen.add(slug)
    problems += [Problem(0, "exercise", f"{slug} is placed nowhere") for slug in sorted(existing - seen)]
    return problems


def _report(source: Source, problems: Iterable[Problem], errors: Errors) -> None:
    errors += [_text_error(source, problem) for problem in problems]


def _text_error(source: Source, problem: Problem) -> LessonFileError:
    empty = len(source.body) - len(source.body.lstrip("\n"))
    line, text_line = source.body_line + problem.line, max(1, problem.line - empty + 1)
    return LessonFileError(source.path, line, problem.field, problem.message, text_line)


def _read_exercise(folder: Path, machines: frozenset[str] | None, errors: Errors) -> ExerciseFiles | None:
    """An exercise; `machines` are the lesson's, or None when they are not known."""
    sources = []
    for name, read in (("exercise.md", read_front_matter), ("exercise.toml", read_toml)):
        try:
            sources.append(read(folder / name))
        except LessonFileError as error:
            errors.append(error)
    if len(sources) < 2:
        return None
    text, table = sources
    given = {"slug": folder.name, "body": text.body, **scripts_in(read_contents(folder))}
    spec = _validate(ExerciseSpec, given, (table, text), errors)
    _refuse_unknown_machine(text, machines, errors)
    setting = Setting(
        folder, machines or frozenset(), scope=f"s-{folder.name}-", pictures=f"pictures/exercises/{folder.name}/"
    )
    html, problems = render_text(shield(text.body), setting=setting)
    _report(text, _without_run(problems, machines), errors)
    _check_hints(table, spec, errors)
    _check_questions(table, spec, errors)
    if spec is None:
        return None
    errors += [_parameter_error(fault, spec, text, table) for fault in parameter_faults(spec)]
    return ExerciseFiles(spec, unshield(html), folder)


def _parameter_error(fault: PlaceFault, spec: ExerciseSpec, text: Source, table: Source) -> LessonFileError:
    """In the file that has the text: the exercise's own, a script, or the table of everything else."""
    field = str(fault.place[0])
    if field == "body":
        return _text_error(text, Problem(fault.line, "placeholder", fault.message))
    if field in SCRIPT_FIELDS:
        file = text.path.parent / script_path(spec, fault.place)
        return LessonFileError(file, fault.line + 1, field_name(fault.place), fault.message)
    return _source_of(fault.place, (table, text)).error(fault.place, fault.message)


def _refuse_unknown_machine(text: Source, machines: frozenset[str] | None, errors: Errors) -> None:
    machine = text.data.get("machine")
    if machines is not None and isinstance(machine, str) and machine not in machines:
        errors.append(text.error(("machine",), f"the lesson has no machine named {machine}"))


def _check_hints(table: Source, spec: ExerciseSpec | None, errors: Errors) -> None:
    """Hints are rendered when they are shown; their faults are found now."""
    for index, hint in enumerate(spec.hints if spec else ()):
        for problem in render_text(hint.text, setting=Setting())[1]:
            errors.append(table.error(("hints", index, "text"), f"{problem.field} {problem.message}"))


def _check_questions(table: Source, spec: ExerciseSpec | None, errors: Errors) -> None:
    """The same for the texts of questions, some of which stand in a label and so are one paragraph."""
    for number, question in enumerate(spec.questions if spec else ()):
        for place, text, short in question.words():
            where = ("questions", number, *place)
            errors += [table.error(where, message) for message in text_problems(text, short=short)]


def _validate(model: type[SpecT], given: dict[str, Any], sources: tuple[Source, ...], errors: Errors) -> SpecT | None:
    """Make a model of what the folder gives and what its files say; a fault is reported in the file that has the field,
    or should have it (the first file, unless another's list of fields names it)."""
    data = dict(given)
    for source in sources:
        known = _FIELDS[source.path.name]
        data.update({key: value for key, value in source.data.items() if key in known})
        for key in source.data.keys() - known:
            errors.append(source.error((key,), f"is not a field here; known are {', '.join(sorted(known))}"))
    try:
        return model.model_validate(data)
    except ValidationError as error:
        errors += [_source_of(place, sources).error(place, message) for place, message in faults(error, data)]
        return None


def _source_of(place: Location, sources: tuple[Source, ...]) -> Source:
    return next((source for source in sources if place and place[0] in _FIELDS[source.path.name]), sources[0])


def read_contents(folder: Path) -> dict[str, bytes]:
    """Every file below a lesson's folder, by its path from there. Hidden ones are left out."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def hash_contents(contents: Mapping[str, bytes]) -> str:
    """SHA-256 over the names and contents of a lesson's files, in hex."""
    digest = hashlib.sha256()
    for path in sorted(contents):
        digest.update(f"{path}\0{hashlib.sha256(contents[path]).hexdigest()}\n".encode())
    return digest.hexdigest()
