"""Write the database's lessons back as files, byte for byte what was loaded or what the admin made of it. Files that
somebody has changed since they were last read are not overwritten unless that is asked for."""

from dataclasses import dataclass, field
from pathlib import Path

from django.db import transaction

from curriculum.authoring.service import contents_of, write_contents
from curriculum.loader.reader import COURSE_FILE, hash_contents, read_contents
from curriculum.models import Course, Lesson, course_state, lesson_state


@dataclass
class DumpReport:
    """What a dump did: files written and removed, and by key what it left alone."""

    written: list[Path] = field(default_factory=list)
    removed: list[Path] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Dump:
    """One dump under way. `here`: into the folder that lessons are loaded from."""

    report: DumpReport
    force: bool
    here: bool

    def may(self, row: Course | Lesson, found: str, key: str) -> bool:
        """Whether what is `found` on the disk may be replaced by what the row says."""
        if found in ("", row.origin, row.state) or self.force:
            return True
        self.report.conflicts.append(key)
        return False

    def note(self, row: Course | Lesson) -> None:
        """Remember that the folder of lessons says now what the row says."""
        if self.here and row.origin != row.state:
            type(row)._default_manager.filter(pk=row.pk).update(origin=row.state)


def dump_lessons(*, root: Path, force: bool = False, here: bool = False) -> DumpReport:
    """Write every course and lesson that is not archived below `root`. Only files that differ are touched."""
    dump = _Dump(DumpReport(), force, here)
    with transaction.atomic():
        for course in Course.objects.filter(archived=False):
            _dump_course(root / course.slug, course, dump)
    return dump.report


def _dump_course(folder: Path, course: Course, dump: _Dump) -> None:
    file = folder / COURSE_FILE
    found = course_state(file.read_bytes()) if file.is_file() else ""
    if course.source and dump.may(course, found, course.slug):
        dump.report.written += write_contents(folder, {COURSE_FILE: bytes(course.source)})
        dump.note(course)
    for lesson in course.lessons.filter(archived=False).exclude(folder="").select_related("course"):
        _dump_lesson(folder, lesson, dump)


def _dump_lesson(parent: Path, lesson: Lesson, dump: _Dump) -> None:
    """The folder of a lesson that has another number now is renamed."""
    old = next((path for path in sorted(parent.glob("*-*")) if path.name.partition("-")[2] == lesson.slug), None)
    before = read_contents(old) if old else {}
    if not dump.may(lesson, lesson_state(old.name, hash_contents(before)) if old else "", lesson.key):
        return
    folder = parent / lesson.folder
    if old and old != folder:
        old.rename(folder)
    contents = contents_of(lesson)
    for path in before.keys() - contents.keys():
        (folder / path).unlink()
        dump.report.removed.append(folder / path)
        _remove_empty(folder, (folder / path).parent)
    dump.report.written += write_contents(folder, contents)
    dump.note(lesson)


def _remove_empty(top: Path, folder: Path) -> None:
    """Remove a folder that has become empty, and those above it."""
    while folder != top and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
