"""Change courses, lessons and exercises from the admin.

Each change is made to the texts of the files, which are then read exactly as files are, so that
what the admin accepts is what a folder may hold. All raise InvalidLessonFiles, whose errors name
file and field, and write nothing then.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from django.db import transaction

from curriculum.errors import InvalidLessonFiles, LessonFileError
from curriculum.loader.contents import (
    Contents,
    contents_below,
    stored_contents,
    write_contents,
)
from curriculum.loader.reader import prerequisite_errors, read_courses, read_lesson
from curriculum.loader.script_files import script_files, wrong_answer_faults
from curriculum.loader.service import LoadReport, save_course, save_lesson
from curriculum.loader.validation import COURSE_FILE
from curriculum.loader.writer import (
    format_course_toml,
    format_exercise_md,
    format_exercise_toml,
    format_lesson_md,
)
from curriculum.models import Course, Lesson
from curriculum.rendering.links import LESSON_FILE
from curriculum.schema.prerequisites import cycle_faults, full_keys
from curriculum.schema.specs import CourseSpec, ExerciseSpec, LessonSpec


@contextmanager
def unpack_lesson(course: str, folder: str, contents: Contents) -> Iterator[Path]:
    """Hold a lesson's folder on the disk for a while.

    Beside it are empty files for the other lessons, which links may lead to.
    """
    with TemporaryDirectory(prefix="drydock-lesson-") as name:
        others = Lesson.objects.filter(archived=False).exclude(folder="")
        for other in others.values_list("course__slug", "folder"):
            write_contents(Path(name).joinpath(*other), {LESSON_FILE: b""})
        path = Path(name) / course / folder
        write_contents(path, contents)
        yield path


def save_course_spec(*, spec: CourseSpec, course: Course | None = None) -> Course:
    """Make a course, or change its title, summary and place."""
    if course is None and Course.objects.filter(slug=spec.slug).exists():
        raise slug_taken(COURSE_FILE, spec.slug)
    source = format_course_toml(spec, bytes(course.source) if course else b"")
    with TemporaryDirectory(prefix="drydock-course-") as name:
        write_contents(Path(name) / spec.slug, {COURSE_FILE: source})
        (files,) = read_courses(Path(name) / spec.slug)
    return save_course(files=files, origin=course.origin if course else "", report=LoadReport())


def slug_taken(file: str, slug: str) -> InvalidLessonFiles:
    """Return the error for a name that another row of the same parent has."""
    return InvalidLessonFiles([LessonFileError(Path(file), 1, "slug", f"{slug} is there already")])


def save_lesson_spec(*, course: Course, spec: LessonSpec, lesson: Lesson | None = None) -> Lesson:
    """Make a lesson, or change what its lesson.md says and its place, not its exercises."""
    if lesson is None and course.lessons.filter(slug=spec.slug).exists():
        raise slug_taken(LESSON_FILE, spec.slug)
    contents = stored_contents(lesson) if lesson else {}
    contents[LESSON_FILE] = format_lesson_md(spec, contents.get(LESSON_FILE, b""))
    return save_lesson_files(
        course, lesson, folder_name(spec.position, spec.slug, lesson), contents
    )


def folder_name(position: int, slug: str, lesson: Lesson | None = None) -> str:
    """Return the folder of a lesson at this place: the one that it has, if that says the same."""
    if lesson and lesson.folder and int(lesson.folder.partition("-")[0]) == position:
        return lesson.folder
    return f"{position:02d}-{slug}"


def save_exercise_spec(*, lesson: Lesson, spec: ExerciseSpec, is_new: bool = False) -> Lesson:
    """Make or change an exercise; where the text does not place it, it is added to the end."""
    file = Path("exercises", spec.slug, "exercise.toml")
    if faults := wrong_answer_faults(spec):
        raise InvalidLessonFiles(LessonFileError(file, 1, *fault) for fault in faults)
    contents = stored_contents(lesson)
    folder = f"exercises/{spec.slug}/"
    old = contents_below(contents, folder)
    if is_new and "exercise.md" in old:
        raise slug_taken("exercise.md", spec.slug)
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
    return save_lesson_files(lesson.course, lesson, lesson.folder, contents)


def remove_exercise(*, lesson: Lesson, slug: str) -> Lesson:
    """Take an exercise out of the lesson. Its row is archived, so what students did is kept."""
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


def save_files(
    *, lesson: Lesson, add: Contents | None = None, remove: Sequence[str] = ()
) -> Lesson:
    """Add files to a lesson's folder, or take some out."""
    stored = stored_contents(lesson)
    contents = {path: content for path, content in stored.items() if path not in remove}
    return save_lesson_files(lesson.course, lesson, lesson.folder, contents | dict(add or {}))


def publish(*, lesson: Lesson, draft: bool = False) -> Lesson:
    """Show a lesson to students, or take it back."""
    with unpack_lesson(lesson.course.slug, lesson.folder, stored_contents(lesson)) as folder:
        spec = read_lesson(folder).spec.model_copy(update={"draft": draft})
    return save_lesson_spec(course=lesson.course, lesson=lesson, spec=spec)


def order_lessons(*, course: Course, slugs: Sequence[str]) -> None:
    """Put the course's lessons in this order, from 1; lessons that are not named follow.

    When the order is what it was, no lesson changes.
    """
    lessons = {lesson.slug: lesson for lesson in course.lessons.filter(archived=False)}
    order = [lessons[slug] for slug in dict.fromkeys(slugs) if slug in lessons]
    order += [lesson for lesson in lessons.values() if lesson not in order]
    if order == list(lessons.values()):
        return
    with transaction.atomic():
        for position, lesson in enumerate(order, 1):
            lesson.position = position
            lesson.folder = folder_name(position, lesson.slug, lesson)
            lesson.save(update_fields=["position", "folder"])


def save_lesson_files(
    course: Course, lesson: Lesson | None, folder: str, contents: Contents
) -> Lesson:
    """Read the files as they would be, and write what they say."""
    with unpack_lesson(course.slug, folder, contents) as path:
        files = read_lesson(path)
        graph = prerequisite_graph() | {files.key: files.prerequisite_keys}
        if faults := cycle_faults(files.key, graph):
            raise InvalidLessonFiles(prerequisite_errors(path / LESSON_FILE, faults))
    origin = lesson.origin if lesson else ""
    with transaction.atomic():
        return save_lesson(course=course, files=files, origin=origin, report=LoadReport())


def prerequisite_graph() -> dict[str, tuple[str, ...]]:
    """Map the key of every lesson to those of its prerequisites."""
    rows = Lesson.objects.filter(archived=False)
    fields = rows.values_list("course__slug", "slug", "prerequisites")
    return {f"{course}/{slug}": full_keys(course, names) for course, slug, names in fields}
