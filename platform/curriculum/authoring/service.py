"""Changes of courses, lessons and exercises that come from the admin. Each is made to the texts of the files, which are
then read exactly as files are, so that what the admin accepts is what a folder may hold.

All raise InvalidLessonFiles, whose errors name file and field, and write nothing then.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from django.db import transaction

from curriculum.errors import InvalidLessonFiles, LessonFileError
from curriculum.loader.reader import COURSE_FILE, prerequisite_errors, read_courses, read_lesson
from curriculum.loader.script_files import script_files, wrong_faults
from curriculum.loader.service import LoadReport, save_course, save_lesson
from curriculum.loader.writer import format_course_toml, format_exercise_md, format_exercise_toml, format_lesson_md
from curriculum.models import Course, Lesson
from curriculum.rendering.links import LESSON_FILE
from curriculum.schema.prerequisites import cycle_faults, full_keys
from curriculum.schema.specs import CourseSpec, ExerciseSpec, LessonSpec

Contents = Mapping[str, bytes]


def contents_of(lesson: Lesson) -> dict[str, bytes]:
    """The lesson's files by their path from its folder. One query."""
    return {path: bytes(content) for path, content in lesson.files.values_list("path", "content")}


def within(contents: Contents, folder: str) -> dict[str, bytes]:
    """Those in a folder (`exercises/<slug>/`), by their path from there."""
    return {path.removeprefix(folder): content for path, content in contents.items() if path.startswith(folder)}


@contextmanager
def unpacked(course: str, folder: str, contents: Contents) -> Iterator[Path]:
    """A lesson's folder on the disk for a while, beside empty files for the other lessons, which links may lead to."""
    with TemporaryDirectory(prefix="drydock-lesson-") as name:
        others = Lesson.objects.filter(archived=False).exclude(folder="")
        for other in others.values_list("course__slug", "folder"):
            write_contents(Path(name).joinpath(*other), {LESSON_FILE: b""})
        here = Path(name) / course / folder
        write_contents(here, contents)
        yield here


def write_contents(folder: Path, contents: Contents) -> list[Path]:
    """Write the files that are missing or differ; returns those."""
    written = []
    for path, content in contents.items():
        file = folder / path
        if not file.is_file() or file.read_bytes() != content:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
            written.append(file)
    return written


def save_course_spec(*, spec: CourseSpec, course: Course | None = None) -> Course:
    """Make a course, or change its title, summary and place."""
    if course is None and Course.objects.filter(slug=spec.slug).exists():
        raise _taken(COURSE_FILE, spec.slug)
    source = format_course_toml(spec, bytes(course.source) if course else b"")
    with TemporaryDirectory(prefix="drydock-course-") as name:
        write_contents(Path(name) / spec.slug, {COURSE_FILE: source})
        (files,) = read_courses(Path(name) / spec.slug)
    return save_course(files=files, origin=course.origin if course else "", report=LoadReport())


def _taken(file: str, slug: str) -> InvalidLessonFiles:
    return InvalidLessonFiles([LessonFileError(Path(file), 1, "slug", f"{slug} is there already")])


def save_lesson_spec(*, course: Course, spec: LessonSpec, lesson: Lesson | None = None) -> Lesson:
    """Make a lesson, or change what its lesson.md says and its place. Its exercises are left alone."""
    if lesson is None and course.lessons.filter(slug=spec.slug).exists():
        raise _taken(LESSON_FILE, spec.slug)
    contents = contents_of(lesson) if lesson else {}
    contents[LESSON_FILE] = format_lesson_md(spec, contents.get(LESSON_FILE, b""))
    return _save(course, lesson, folder_name(spec.position, spec.slug, lesson), contents)


def folder_name(position: int, slug: str, lesson: Lesson | None = None) -> str:
    """The folder of a lesson at this place; the one that it has, if that says the same."""
    if lesson and lesson.folder and int(lesson.folder.partition("-")[0]) == position:
        return lesson.folder
    return f"{position:02d}-{slug}"


def save_exercise_spec(*, lesson: Lesson, spec: ExerciseSpec, is_new: bool = False) -> Lesson:
    """Make an exercise, at the end of the lesson if the text does not place it yet, or change one."""
    file = Path("exercises", spec.slug, "exercise.toml")
    if faults := [LessonFileError(file, 1, field, message) for field, message in wrong_faults(spec)]:
        raise InvalidLessonFiles(faults)
    contents = contents_of(lesson)
    folder = f"exercises/{spec.slug}"
    if is_new and f"{folder}/exercise.md" in contents:
        raise _taken("exercise.md", spec.slug)
    text, checks = f"{folder}/exercise.md", f"{folder}/exercise.toml"
    contents[text] = format_exercise_md(spec, contents.get(text, b""))
    contents[checks] = format_exercise_toml(spec, contents.get(checks, b""))
    for path, content in script_files(spec, within(contents, f"{folder}/")).items():
        contents.pop(f"{folder}/{path}", None) if content is None else contents.update({f"{folder}/{path}": content})
    if not _placed(spec.slug).search(contents[LESSON_FILE]):
        contents[LESSON_FILE] = contents[LESSON_FILE].rstrip() + f"\n\n::: exercise {spec.slug}\n".encode()
    return _save(lesson.course, lesson, lesson.folder, contents)


def remove_exercise(*, lesson: Lesson, slug: str) -> Lesson:
    """Take an exercise out of the lesson. Its row is archived, so what students did is kept."""
    contents = {
        path: content for path, content in contents_of(lesson).items() if not path.startswith(f"exercises/{slug}/")
    }
    contents[LESSON_FILE] = _placed(slug).sub(b"", contents[LESSON_FILE])
    return _save(lesson.course, lesson, lesson.folder, contents)


def _placed(slug: str) -> re.Pattern[bytes]:
    """The line that places an exercise, with an empty line after it."""
    return re.compile(rb"^:{3,}[ \t]*exercise[ \t]+" + slug.encode() + rb"[ \t]*\r?\n?(\r?\n)?", re.MULTILINE)


def save_files(*, lesson: Lesson, add: Contents | None = None, remove: Sequence[str] = ()) -> Lesson:
    """Add files to a lesson's folder, or take some out."""
    contents = {path: content for path, content in contents_of(lesson).items() if path not in remove}
    return _save(lesson.course, lesson, lesson.folder, contents | dict(add or {}))


def publish(*, lesson: Lesson, draft: bool = False) -> Lesson:
    """Show a lesson to students, or take it back."""
    contents = contents_of(lesson)
    with unpacked(lesson.course.slug, lesson.folder, contents) as folder:
        spec = read_lesson(folder).spec
    return save_lesson_spec(course=lesson.course, lesson=lesson, spec=spec.model_copy(update={"draft": draft}))


def order_lessons(*, course: Course, slugs: Sequence[str]) -> None:
    """Number the course's lessons in this order, from 1; those that are not named follow. None changes when the order
    is what it was."""
    lessons = {lesson.slug: lesson for lesson in course.lessons.filter(archived=False)}
    order = [lessons[slug] for slug in dict.fromkeys(slugs) if slug in lessons]
    order += [lesson for lesson in lessons.values() if lesson not in order]
    if order == list(lessons.values()):
        return
    with transaction.atomic():
        for position, lesson in enumerate(order, 1):
            lesson.position, lesson.folder = position, folder_name(position, lesson.slug, lesson)
            lesson.save(update_fields=["position", "folder"])


def _save(course: Course, lesson: Lesson | None, folder: str, contents: Contents) -> Lesson:
    """Read the files as they would be, and write what they say."""
    with unpacked(course.slug, folder, contents) as path:
        files = read_lesson(path)
        if faults := cycle_faults(files.key, _graph() | {files.key: files.needs}):
            raise InvalidLessonFiles(prerequisite_errors(path / LESSON_FILE, faults))
    with transaction.atomic():
        return save_lesson(course=course, files=files, origin=lesson.origin if lesson else "", report=LoadReport())


def _graph() -> dict[str, tuple[str, ...]]:
    """The keys of every lesson's prerequisites, by its own."""
    rows = Lesson.objects.filter(archived=False).values_list("course__slug", "slug", "prerequisites")
    return {f"{course}/{slug}": full_keys(course, names) for course, slug, names in rows}
