"""Read a lesson's files as they would be, and write what they say to the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from django.db import transaction

from curriculum.errors import InvalidLessonFiles
from curriculum.loader.contents import Contents, write_contents
from curriculum.loader.reader import prerequisite_errors, read_lesson
from curriculum.loader.script_faults import unfinished_faults
from curriculum.loader.service import LoadReport, save_lesson
from curriculum.models import Course, Lesson
from curriculum.rendering.links import LESSON_FILE
from curriculum.schema.prerequisites import cycle_faults, full_keys


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


def save_lesson_files(
    course: Course,
    lesson: Lesson | None,
    folder: str,
    contents: Contents,
    *,
    is_finished: bool = False,
) -> Lesson:
    """Read the files as they would be, and write what they say.

    A lesson that `is_finished` has to have what students' lessons have, and `check_lessons` asks.
    """
    with unpack_lesson(course.slug, folder, contents) as path:
        files = read_lesson(path)
        graph = prerequisite_graph() | {files.key: files.prerequisite_keys}
        if faults := cycle_faults(files.key, graph):
            raise InvalidLessonFiles(prerequisite_errors(path / LESSON_FILE, faults))
        if is_finished and (unfinished := unfinished_faults(files)):
            raise InvalidLessonFiles(unfinished)
    with transaction.atomic():
        return save_lesson(
            course=course,
            files=files,
            origin=lesson.origin if lesson else "",
            report=LoadReport(),
            archived=lesson.archived if lesson else False,
        )


def prerequisite_graph() -> dict[str, tuple[str, ...]]:
    """Map the key of every lesson to those of its prerequisites."""
    rows = Lesson.objects.filter(archived=False)
    fields = rows.values_list("course__slug", "slug", "prerequisites")
    return {f"{course}/{slug}": full_keys(course, names) for course, slug, names in fields}
