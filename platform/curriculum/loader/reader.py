"""Read courses from their folders.

    <root>/<course>/course.toml                        and glossary.toml, illustration.svg
    <root>/<course>/<NN-lesson>/lesson.md              and the lesson's pictures
    <root>/<course>/<NN-lesson>/machines/<machine>/    a Dockerfile, and what it copies
    <root>/<course>/<NN-lesson>/exercises/<exercise>/  exercise.md, exercise.toml and scripts

All faults of all files are found before anything is raised. Folders that begin with `.` or `_` are
not read.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from curriculum.errors import InvalidLessonFiles, LessonFileError
from curriculum.loader.contents import read_contents
from curriculum.loader.course_parts import read_illustration, read_parts
from curriculum.loader.exercise_reader import read_exercise, without_run
from curriculum.loader.files import CourseFiles, ExerciseFiles, LessonFiles
from curriculum.loader.machines import machine_errors
from curriculum.loader.sources import read_front_matter, read_toml
from curriculum.loader.validation import COURSE_FILE, Errors, text_error, validate
from curriculum.rendering.directives import Problem
from curriculum.rendering.links import LESSON_FILE
from curriculum.rendering.markdown import Rendering, render_lesson
from curriculum.rendering.page import RenderContext
from curriculum.schema.prerequisites import (
    FIELD,
    LESSON_FOLDER,
    Fault,
    cycle_faults,
    folder_faults,
)
from curriculum.schema.specs import CourseSpec, LessonMachine, LessonSpec


def read_courses(root: Path) -> tuple[CourseFiles, ...]:
    """Read all courses below `root`, or the one course that `root` is.

    Raises InvalidLessonFiles with every fault.
    """
    if not root.is_dir():
        raise InvalidLessonFiles([LessonFileError(root, 1, "folder", "is missing")])
    errors: Errors = []
    folders = [root] if (root / COURSE_FILE).is_file() else visible_folders(root)
    if not folders:
        errors.append(LessonFileError(root, 1, "folder", "holds no course"))
    courses = [course for folder in folders if (course := read_course_folder(folder, errors))]
    lessons = [lesson for course in courses for lesson in course.lessons]
    graph = {lesson.key: lesson.prerequisite_keys for lesson in lessons}
    for lesson in lessons:
        faults = cycle_faults(lesson.key, graph)
        errors += prerequisite_errors(lesson.folder / LESSON_FILE, faults)
    if errors:
        raise InvalidLessonFiles(errors)
    return tuple(courses)


def read_lesson(folder: Path) -> LessonFiles:
    """Read one lesson. Raises InvalidLessonFiles with every fault."""
    errors: Errors = []
    lesson = read_lesson_folder(folder, errors)
    if lesson is None or errors:
        raise InvalidLessonFiles(errors)
    return lesson


def visible_folders(parent: Path) -> list[Path]:
    """Return the folders in a folder that are to be read, in order."""
    if not parent.is_dir():
        return []
    folders = (path for path in parent.iterdir() if path.is_dir())
    return sorted(path for path in folders if not path.name.startswith((".", "_")))


def read_course_folder(folder: Path, errors: Errors) -> CourseFiles | None:
    """Read a course with those of its lessons that can be read; faults are added to `errors`."""
    lessons = [
        lesson for path in visible_folders(folder) if (lesson := read_lesson_folder(path, errors))
    ]
    try:
        source = read_toml(folder / COURSE_FILE)
        source_bytes = (folder / COURSE_FILE).read_bytes()
    except LessonFileError as error:
        errors.append(error)
        return None
    errors += repeated_slug_errors(lessons)
    spec = validate(CourseSpec, {"slug": folder.name}, (source,), errors)
    if spec is None:
        return None
    spec = spec.model_copy(update={"lessons": tuple(lesson.spec for lesson in lessons)})
    parts = read_parts(folder, errors)
    return CourseFiles(spec, tuple(lessons), folder, source_bytes, parts)


def repeated_slug_errors(lessons: Sequence[LessonFiles]) -> Errors:
    """Find lessons whose folders differ in their numbers only."""
    errors: Errors = []
    first_folders: dict[str, Path] = {}
    for lesson in lessons:
        first = first_folders.setdefault(lesson.spec.slug, lesson.folder)
        if first != lesson.folder:
            message = f"{lesson.spec.slug} is there twice, first in {first.name}"
            errors.append(LessonFileError(lesson.folder / LESSON_FILE, 1, "slug", message))
    return errors


def read_lesson_folder(folder: Path, errors: Errors) -> LessonFiles | None:
    """Read a lesson; with a fault in any of its files it is None, and `errors` has them all."""
    match = LESSON_FOLDER.match(folder.name)
    file = folder / LESSON_FILE
    if match is None:
        message = "is not named like 01-first-steps (or _hidden)"
        errors.append(LessonFileError(file, 1, "folder", message))
        return None
    try:
        source = read_front_matter(file)
    except LessonFileError as error:
        errors.append(error)
        return None
    lesson_errors: Errors = []
    folder_fields = {
        "slug": match["slug"],
        "position": int(match["position"]),
        "body": source.body,
    }
    spec = validate(LessonSpec, folder_fields, (source,), lesson_errors)
    machines = spec.machines if spec else ()
    machine_names = frozenset(machine.name for machine in machines) if spec else None
    lesson_errors += machine_errors(folder, source, machines)
    if spec:
        faults = folder_faults(folder, spec.slug, spec.prerequisites)
        lesson_errors += prerequisite_errors(file, faults)
    exercises: dict[str, ExerciseFiles] = {}
    for path in visible_folders(folder / "exercises"):
        if exercise := read_exercise(path, machine_names, lesson_errors):
            exercises[path.name] = exercise
    rendering = render_lesson(
        source.body, context=RenderContext(folder, machine_names or frozenset())
    )
    problems = without_run(rendering.problems, machine_names)
    problems += placement_problems(folder, rendering)
    lesson_errors += [text_error(source, problem) for problem in problems]
    lesson_errors += check_machine_errors(machines, exercises)
    illustration = read_illustration(folder, lesson_errors)
    errors += lesson_errors
    if lesson_errors or spec is None:
        return None
    in_order = tuple(exercises[slug] for slug, _line in rendering.placed)
    spec = spec.model_copy(update={"exercises": tuple(exercise.spec for exercise in in_order)})
    contents = read_contents(folder)
    return LessonFiles(spec, in_order, rendering.blocks, contents, folder, illustration)


def prerequisite_errors(file: Path, faults: Iterable[Fault]) -> Errors:
    """Give faults of the prerequisites in a lesson.md, which can be read, their lines."""
    return [read_front_matter(file).error((FIELD, index), message) for index, message in faults]


def check_machine_errors(
    machines: Iterable[LessonMachine], exercises: Mapping[str, ExerciseFiles]
) -> Errors:
    """Find checks that can't be asked of the machine that their exercise is done in."""
    errors: Errors = []
    kinds = {machine.name: machine.kind for machine in machines}
    for exercise in exercises.values():
        if exercise.spec.machine not in kinds:
            continue
        kind = kinds[exercise.spec.machine]
        for index, check in enumerate(exercise.spec.checks):
            if fault := check.machine_fault(kind):
                table = read_toml(exercise.folder / "exercise.toml")
                errors.append(table.error(("checks", index, fault[0]), fault[1]))
    return errors


def placement_problems(folder: Path, rendering: Rendering) -> list[Problem]:
    """Find exercises that the lesson places without having them, twice, or not at all."""
    existing = {path.name for path in visible_folders(folder / "exercises")}
    problems: list[Problem] = []
    placed: set[str] = set()
    for slug, line in rendering.placed:
        if slug not in existing:
            problems.append(Problem(line, "exercise", f"there is no folder exercises/{slug}"))
        elif slug in placed:
            problems.append(Problem(line, "exercise", f"{slug} is placed twice"))
        placed.add(slug)
    return problems + [
        Problem(0, "exercise", f"{slug} is placed nowhere") for slug in sorted(existing - placed)
    ]
