"""Bring lessons into the database, from a folder or from the admin.

Rows are found again by their slugs, so that what students did stays theirs. A lesson that was
edited in the admin and in its files since they last agreed is in conflict: it stays as the database
has it until somebody says which of the two counts.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

from django.db import transaction

from curriculum.loader.contents import Contents, stored_contents
from curriculum.loader.files import CourseFiles, ExerciseFiles, LessonFiles
from curriculum.loader.reader import read_courses
from curriculum.loader.validation import COURSE_FILE
from curriculum.models import Course, Exercise, Lesson, LessonFile
from curriculum.schema.specs import SCRIPT_FIELDS

RowT = TypeVar("RowT", Course, Lesson, Exercise)


class Winner(Enum):
    """Say who wins a conflict; the values are the command's options."""

    FILES = "theirs"
    DATABASE = "ours"


@dataclass
class LoadReport:
    """List what a load did, by key: `course`, `course/lesson` or `course/lesson/exercise`.

    `kept` were edited in the admin and their files were not; `conflicts` were edited on both sides
    and left as the database has them.
    """

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    archived: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)


def load_lessons(*, root: Path, winner: Winner | None = None) -> LoadReport:
    """Make the database say what the files below `root` say.

    Running it again changes nothing. What has vanished is archived, what is back is un-archived,
    and nothing is deleted. What was edited in the admin only is kept; `winner` says who wins where
    both sides were edited. When `root` is one course's folder, other courses are left alone.
    Raises InvalidLessonFiles before anything is written.
    """
    courses = read_courses(root)
    load = LessonLoad(LoadReport(), winner)
    with transaction.atomic():
        for course in courses:
            load.load_course(course)
        if not (root / COURSE_FILE).is_file():
            load.archive_others(Course.objects.all(), [course.spec.slug for course in courses])
    return load.report


@dataclass(frozen=True)
class LessonLoad:
    """Decide, row by row, what a load does where the database was edited as well."""

    report: LoadReport
    winner: Winner | None

    def load_course(self, files: CourseFiles) -> None:
        """Bring one course and its lessons into the database."""
        slug = files.spec.slug
        course = Course.objects.filter(slug=slug).first()
        if course is None or not self.keeps_row(course, files.state, slug):
            course = save_course(files=files, origin=files.state, report=self.report)
        if course.removed:
            return
        for lesson in files.lessons:
            row = Lesson.objects.filter(course=course, slug=lesson.spec.slug).first()
            if not self.keeps_row(row, lesson.state, f"{slug}/{lesson.spec.slug}"):
                save_lesson(course=course, files=lesson, origin=lesson.state, report=self.report)
        slugs = [lesson.spec.slug for lesson in files.lessons]
        self.archive_others(course.lessons.all(), slugs, prefix=f"{slug}/")

    def keeps_row(self, row: Course | Lesson | None, state: str, key: str) -> bool:
        """Whether the row stays although the files say `state` ("": they no longer have it)."""
        if row is None or not (row.edited or row.removed):
            return False
        if state == row.state and not row.removed:
            return False
        if state != row.origin:
            if self.winner is Winner.FILES:
                return False
            if self.winner is None:
                self.report.conflicts.append(key)
                return True
            type(row)._default_manager.filter(pk=row.pk).update(origin=state)
        self.report.kept.append(key)
        return True

    def archive_others(self, rows: Any, slugs: Iterable[str], prefix: str = "") -> None:
        """Archive those of the rows (a query of courses or lessons) that have none of the slugs.

        What was made in the admin and has never been in files stays.
        """
        for row in rows.filter(archived=False).exclude(slug__in=list(slugs)):
            key = prefix + row.slug
            if self.keeps_row(row, "", key) or self.keeps_lessons_of(row):
                continue
            row.archived = True
            row.save(update_fields=["archived"])
            self.report.archived.append(key)

    def keeps_lessons_of(self, row: Course | Lesson) -> bool:
        """Whether lessons that only the admin knows keep a course from being archived."""
        if isinstance(row, Lesson):
            return False
        lessons = row.lessons.filter(archived=False).select_related("course")
        return bool([lesson for lesson in lessons if self.keeps_row(lesson, "", lesson.key)])


def save_course(
    *, files: CourseFiles, origin: str, report: LoadReport, archived: bool = False
) -> Course:
    """Write what a course's file says; `origin` is the state of its file in the folder."""
    spec = files.spec
    values = {
        "title": spec.title,
        "summary": spec.summary,
        "position": spec.position,
        "archived": archived,
        "source": files.source,
        "files": dict(files.parts.files),
        "glossary": list(files.parts.glossary),
        "illustration": files.parts.illustration,
        "origin": origin,
    } | ({} if archived else {"removed": False})
    return save_row(Course, {"slug": spec.slug}, values, spec.slug, report)


def save_lesson(
    *,
    course: Course,
    files: LessonFiles,
    origin: str,
    report: LoadReport,
    archived: bool = False,
) -> Lesson:
    """Write what a lesson's folder says; `origin` is the state of that folder."""
    spec = files.spec
    values = {
        "title": spec.title,
        "summary": spec.summary,
        "minutes": spec.minutes,
        "position": spec.position,
        "draft": spec.draft,
        "prerequisites": list(spec.prerequisites),
        "machines": [
            machine.model_dump(mode="json", exclude_none=True) for machine in spec.machines
        ],
        "source": spec.body,
        "blocks": [dict(block) for block in files.blocks],
        "illustration": files.illustration,
        "search_text": files.search_text,
        "version": files.version,
        "folder": files.folder.name,
        "origin": origin,
        "archived": archived,
    } | ({} if archived else {"removed": False})
    key = f"{course.slug}/{spec.slug}"
    lesson = save_row(Lesson, {"course": course, "slug": spec.slug}, values, key, report)
    save_contents(lesson, files.contents)
    save_exercises(lesson, files.exercises, key, report)
    return lesson


def save_contents(lesson: Lesson, contents: Contents) -> None:
    """Make the rows of the lesson's files say what its folder holds."""
    before = stored_contents(lesson)
    for path, content in contents.items():
        if before.get(path) != content:
            LessonFile.objects.update_or_create(
                lesson=lesson, path=path, defaults={"content": content}
            )
    if removed := before.keys() - contents.keys():
        lesson.files.filter(path__in=removed).delete()


def save_exercises(
    lesson: Lesson, exercises: Iterable[ExerciseFiles], key: str, report: LoadReport
) -> None:
    """Write the lesson's exercises, and archive those that it no longer has."""
    slugs = []
    for position, files in enumerate(exercises):
        spec = files.spec
        slugs.append(spec.slug)
        values = {
            "title": spec.title,
            "position": position,
            "machine": spec.machine or "",
            "points": spec.points,
            "body_html": files.body_html,
            "definition": spec.model_dump(mode="json", exclude=set(SCRIPT_FIELDS)),
            "setup": spec.setup,
            "version": files.version,
            "archived": False,
        }
        identity = {"lesson": lesson, "slug": spec.slug}
        save_row(Exercise, identity, values, f"{key}/{spec.slug}", report)
    removed = lesson.exercises.filter(archived=False).exclude(slug__in=slugs)
    report.archived += [f"{key}/{slug}" for slug in removed.values_list("slug", flat=True)]
    if removed:
        removed.update(archived=True)


def save_row(
    model: type[RowT],
    identity: dict[str, Any],
    values: dict[str, Any],
    key: str,
    report: LoadReport,
) -> RowT:
    """Create the row, or write those of its fields that differ, or nothing."""
    row = model._default_manager.filter(**identity).first()
    if row is None:
        report.created.append(key)
        return model._default_manager.create(**identity, **values)
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    if not changed:
        report.unchanged.append(key)
        return row
    for name in changed:
        setattr(row, name, values[name])
    row.save(update_fields=changed)
    report.updated.append(key)
    return row
