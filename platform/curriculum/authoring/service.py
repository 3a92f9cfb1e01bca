"""Change courses, lessons and exercises from the admin.

Each change is made to the texts of the files, which are then read exactly as files are, so that
what the admin accepts is what a folder may hold. All raise InvalidLessonFiles, whose errors name
file and field, and write nothing then.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType

from django.db import transaction

from curriculum.authoring.lesson_files import save_lesson_files, unpack_lesson
from curriculum.authoring.machine_names import rename_machines
from curriculum.authoring.references import Moves, follow_moves
from curriculum.authoring.stamps import locked
from curriculum.errors import InvalidLessonFiles, LessonFileError
from curriculum.loader.contents import (
    Contents,
    contents_below,
    stored_contents,
    write_contents,
)
from curriculum.loader.reader import read_courses, read_lesson
from curriculum.loader.script_files import script_files, wrong_answer_faults
from curriculum.loader.service import LoadReport, save_course
from curriculum.loader.validation import COURSE_FILE
from curriculum.loader.writer import (
    format_course_toml,
    format_exercise_md,
    format_exercise_toml,
    format_lesson_md,
)
from curriculum.models import Course, Lesson
from curriculum.rendering.links import LESSON_FILE
from curriculum.schema.specs import CourseSpec, ExerciseSpec, LessonSpec
from sandboxes.homes import home_name, move_homes

NO_NAMES: Mapping[str, str] = MappingProxyType({})


@transaction.atomic
def save_course_spec(*, spec: CourseSpec, course: Course | None = None) -> Course:
    """Make a course, or change its title, summary and place. An archived one stays so."""
    if course is None and Course.objects.filter(slug=spec.slug).exists():
        raise slug_taken(COURSE_FILE, spec.slug)
    source = format_course_toml(spec, bytes(course.source) if course else b"")
    parts = {file: text.encode() for file, text in course.files.items()} if course else {}
    with TemporaryDirectory(prefix="drydock-course-") as name:
        write_contents(Path(name) / spec.slug, {**parts, COURSE_FILE: source})
        (files,) = read_courses(Path(name) / spec.slug)
    return save_course(
        files=files,
        origin=course.origin if course else "",
        report=LoadReport(),
        archived=course.archived if course else False,
    )


def slug_taken(file: str, slug: str) -> InvalidLessonFiles:
    """Return the error for a name that another row of the same parent has."""
    return InvalidLessonFiles([LessonFileError(Path(file), 1, "slug", f"{slug} is there already")])


@transaction.atomic
def save_lesson_spec(
    *,
    course: Course,
    spec: LessonSpec,
    lesson: Lesson | None = None,
    machine_names: Mapping[str, str] = NO_NAMES,
) -> Lesson:
    """Make a lesson, or change what its lesson.md says and its place, not its exercises.

    `machine_names` are new names of machines by their old ones: whatever names them follows. An
    archived lesson stays so.
    """
    if lesson is None and course.lessons.filter(slug=spec.slug).exists():
        raise slug_taken(LESSON_FILE, spec.slug)
    lesson = locked(lesson) if lesson else None
    contents = stored_contents(lesson) if lesson else {}
    contents[LESSON_FILE] = format_lesson_md(spec, contents.get(LESSON_FILE, b""))
    if lesson and machine_names:
        contents = rename_machines(contents, machine_names)
        move_machine_homes(lesson, machine_names)
    folder = folder_name(spec.position, spec.slug, lesson)
    saved = save_lesson_files(course, lesson, folder, contents, is_finished=not spec.draft)
    if lesson and lesson.folder != folder:
        folders = {f"{course.slug}/{lesson.folder}": f"{course.slug}/{folder}"}
        follow_moves(Moves(folders, {}))
    return saved


def move_machine_homes(lesson: Lesson, names: Mapping[str, str]) -> None:
    """Let students find what they kept in a machine under its new name.

    The first machine's homes bear the lesson's name alone.
    """
    later = [machine["name"] for machine in lesson.machines[1:]]
    moves = {
        home_name(lesson.key, old): home_name(lesson.key, new)
        for old, new in names.items()
        if old in later
    }
    transaction.on_commit(lambda: move_homes(moves))


def folder_name(position: int, slug: str, lesson: Lesson | None = None) -> str:
    """Return the folder of a lesson at this place: the one that it has, if that says the same."""
    if lesson and lesson.folder and int(lesson.folder.partition("-")[0]) == position:
        return lesson.folder
    return f"{position:02d}-{slug}"


@transaction.atomic
def save_exercise_spec(*, lesson: Lesson, spec: ExerciseSpec, is_new: bool = False) -> Lesson:
    """Make or change an exercise; where the text does not place it, it is added to the end."""
    file = Path("exercises", spec.slug, "exercise.toml")
    if faults := wrong_answer_faults(spec):
        raise InvalidLessonFiles(LessonFileError(file, 1, *fault) for fault in faults)
    lesson = locked(lesson)
    contents = stored_contents(lesson)
    folder = f"exercises/{spec.slug}/"
    old = contents_below(contents, folder)
    if is_new and "exercise.md" in old:
        raise slug_taken(f"{folder}exercise.md", spec.slug)
    contents[f"{folder}exercise.md"] = format_exercise_md(spec, old.get("exercise.md", b""))
    contents[f"{folder}exercise.toml"] = format_exercise_toml(spec, old.get("exercise.toml", b""))
    for path, content in script_files(spec, old).items():
        if content is None:
            contents.pop(folder + path, None)
        else:
            contents[folder + path] = content
    if not placement_of(spec.slug).search(contents[LESSON_FILE]):
        placement = f"\n\n::: exercise {spec.slug}\n".encode()
        contents[LESSON_FILE] = contents[LESSON_FILE].rstrip() + placement
    return save_lesson_files(
        lesson.course, lesson, lesson.folder, contents, is_finished=not lesson.draft
    )


@transaction.atomic
def remove_exercise(*, lesson: Lesson, slug: str) -> Lesson:
    """Take an exercise out of the lesson. Its row is archived, so what students did is kept."""
    lesson = locked(lesson)
    contents = {
        path: content
        for path, content in stored_contents(lesson).items()
        if not path.startswith(f"exercises/{slug}/")
    }
    contents[LESSON_FILE] = placement_of(slug).sub(b"", contents[LESSON_FILE])
    return save_lesson_files(lesson.course, lesson, lesson.folder, contents)


def placement_of(slug: str) -> re.Pattern[bytes]:
    """Return a pattern for the line that places an exercise, with an empty line after it."""
    name = re.escape(slug.encode())
    return re.compile(
        rb"^:{3,}[ \t]*exercise[ \t]+" + name + rb"[ \t]*\r?\n?(\r?\n)?", re.MULTILINE
    )


@transaction.atomic
def save_files(
    *, lesson: Lesson, add: Contents | None = None, remove: Sequence[str] = ()
) -> Lesson:
    """Add files to a lesson's folder, or take some out."""
    lesson = locked(lesson)
    stored = stored_contents(lesson)
    contents = {path: content for path, content in stored.items() if path not in remove}
    return save_lesson_files(lesson.course, lesson, lesson.folder, contents | dict(add or {}))


@transaction.atomic
def publish(*, lesson: Lesson, draft: bool = False) -> Lesson:
    """Show a lesson to students, or take it back."""
    lesson = locked(lesson)
    with unpack_lesson(lesson.course.slug, lesson.folder, stored_contents(lesson)) as folder:
        spec = read_lesson(folder).spec.model_copy(update={"draft": draft})
    return save_lesson_spec(course=lesson.course, lesson=lesson, spec=spec)


def order_lessons(*, course: Course, slugs: Sequence[str]) -> None:
    """Put the course's lessons in this order, from 1; lessons that are not named follow.

    Links to lessons that move follow them. When the order is what it was, no lesson changes.
    """
    lessons = {lesson.slug: lesson for lesson in course.lessons.filter(archived=False)}
    order = [lessons[slug] for slug in dict.fromkeys(slugs) if slug in lessons]
    order += [lesson for lesson in lessons.values() if lesson not in order]
    if order == list(lessons.values()):
        return
    folders = {}
    with transaction.atomic():
        for position, lesson in enumerate(order, 1):
            old = lesson.folder
            lesson.position = position
            lesson.folder = folder_name(position, lesson.slug, lesson)
            lesson.save(update_fields=["position", "folder"])
            folders[f"{course.slug}/{old}"] = f"{course.slug}/{lesson.folder}"
        follow_moves(Moves(folders, {}))
