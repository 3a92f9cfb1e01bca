"""Write the database's lessons back as files.

They are byte for byte what was loaded, or what the admin made of it. Files that somebody has
changed since they were last read are not overwritten unless that is asked for.
"""

from collections.abc import Container
from dataclasses import dataclass, field
from pathlib import Path

from django.db import transaction

from curriculum.loader.contents import (
    hash_contents,
    read_contents,
    stored_contents,
    write_contents,
)
from curriculum.loader.course_parts import PART_FILES, part_files
from curriculum.loader.validation import COURSE_FILE
from curriculum.models import Course, Lesson, course_state, lesson_state


@dataclass
class DumpReport:
    """List the files that a dump wrote and removed, and by key what it left alone."""

    written: list[Path] = field(default_factory=list)
    removed: list[Path] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)


def dump_lessons(*, root: Path, force: bool = False, is_origin: bool = False) -> DumpReport:
    """Write every course and lesson that is not archived below `root`, where files differ.

    With `force`, files that were changed meanwhile are overwritten; `is_origin` says that `root` is
    the folder that lessons are loaded from.
    """
    dump = LessonDump(DumpReport(), force, is_origin)
    with transaction.atomic():
        for course in Course.objects.filter(archived=False):
            dump.dump_course(root / course.slug, course)
        for course in Course.objects.filter(removed=True):
            dump.remove_course(root / course.slug, course)
    return dump.report


@dataclass(frozen=True)
class LessonDump:
    """Write courses and lessons, and report what happened to each."""

    report: DumpReport
    force: bool
    is_origin: bool

    def dump_course(self, folder: Path, course: Course) -> None:
        """Write a course's own files and its lessons."""
        if course.source and self.may_replace(course, folder_state(folder), course.slug):
            self.write_course(folder, course)
            self.update_origin(course)
        lessons = course.lessons.filter(archived=False).exclude(folder="")
        for lesson in lessons.select_related("course"):
            self.dump_lesson(folder, lesson)
        for lesson in course.lessons.filter(removed=True).select_related("course"):
            if (folder / lesson.folder).is_dir():
                self.remove_folder(folder / lesson.folder, lesson.key, {lesson.origin})

    def write_course(self, folder: Path, course: Course) -> None:
        """Write the files in a course's folder, and remove those that it no longer has."""
        contents = {name: text.encode() for name, text in course.files.items()}
        contents[COURSE_FILE] = bytes(course.source)
        self.report.written += write_contents(folder, contents)
        for name in PART_FILES:
            if name not in contents and (folder / name).is_file():
                (folder / name).unlink()
                self.report.removed.append(folder / name)

    def remove_course(self, folder: Path, course: Course) -> None:
        """Remove the folder of a course that was taken away or renamed in the admin."""
        state = folder_state(folder)
        if not state:
            return
        if not self.force and state != course.origin:
            self.report.conflicts.append(course.slug)
            return
        known = set(Lesson.objects.values_list("origin", flat=True))
        for path in sorted(path for path in folder.iterdir() if path.is_dir()):
            self.remove_folder(path, f"{course.slug}/{path.name}", known)
        if not any(path.is_dir() for path in folder.iterdir()):
            for name in (COURSE_FILE, *PART_FILES):
                if (folder / name).is_file():
                    (folder / name).unlink()
                    self.report.removed.append(folder / name)
            remove_empty_folders(folder.parent, folder)

    def remove_folder(self, folder: Path, key: str, known: Container[str]) -> None:
        """Remove a lesson's folder whose state is one of the known; another is a conflict."""
        contents = read_contents(folder)
        if not self.force and lesson_state(folder.name, hash_contents(contents)) not in known:
            self.report.conflicts.append(key)
            return
        for path in contents:
            (folder / path).unlink()
            self.report.removed.append(folder / path)
            remove_empty_folders(folder.parent, (folder / path).parent)

    def dump_lesson(self, parent: Path, lesson: Lesson) -> None:
        """Write a lesson's folder; one that has another number now is renamed."""
        folders = sorted(parent.glob("*-*"))
        same_slug = (path for path in folders if path.name.partition("-")[2] == lesson.slug)
        old = next(same_slug, None)
        before = read_contents(old) if old else {}
        state = lesson_state(old.name, hash_contents(before)) if old else ""
        if not self.may_replace(lesson, state, lesson.key):
            return
        folder = parent / lesson.folder
        if old and old != folder:
            old.rename(folder)
        contents = stored_contents(lesson)
        for path in before.keys() - contents.keys():
            (folder / path).unlink()
            self.report.removed.append(folder / path)
            remove_empty_folders(folder, (folder / path).parent)
        self.report.written += write_contents(folder, contents)
        self.update_origin(lesson)

    def may_replace(self, row: Course | Lesson, state: str, key: str) -> bool:
        """Whether files of this state ("": there are none) may be replaced by the row's."""
        if state in ("", row.origin, row.state) or self.force:
            return True
        self.report.conflicts.append(key)
        return False

    def update_origin(self, row: Course | Lesson) -> None:
        """Remember that the folder of lessons now says what the row says."""
        if self.is_origin and row.origin != row.state:
            type(row)._default_manager.filter(pk=row.pk).update(origin=row.state)


def folder_state(folder: Path) -> str:
    """Return what a course's folder says of the course itself; "" when it is none."""
    file = folder / COURSE_FILE
    return course_state(file.read_bytes(), part_files(folder, [])) if file.is_file() else ""


def remove_empty_folders(top: Path, folder: Path) -> None:
    """Remove a folder that has become empty, and those above it, up to `top`."""
    while folder != top and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
