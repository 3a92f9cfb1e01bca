"""Bring lessons into the database, from a folder or from the admin. Rows are found again by their slugs, so that what
students did stays theirs.

A lesson that was edited in the admin and in its files since they last agreed is in conflict: it stays as the database
has it until somebody says which side counts.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

from django.db import transaction

from curriculum.loader.reader import COURSE_FILE, CourseFiles, ExerciseFiles, LessonFiles, read_courses
from curriculum.models import Course, Exercise, Lesson, LessonFile
from curriculum.schema.specs import SCRIPT_FIELDS

RowT = TypeVar("RowT", Course, Lesson, Exercise)


class Side(Enum):
    """Who wins a conflict: the files (theirs) or the database (ours)."""

    THEIRS = "theirs"
    OURS = "ours"


@dataclass
class LoadReport:
    """What a load did, by key: `course`, `course/lesson` or `course/lesson/exercise`. `kept` were edited in the admin
    and their files were not; `conflicts` were edited on both sides and left as the database has them."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    archived: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Load:
    """One load under way."""

    report: LoadReport
    take: Side | None

    def keeps(self, row: Course | Lesson | None, state: str, key: str) -> bool:
        """Whether the row stays although the files say `state` ("": they have it no more)."""
        if row is None or not row.edited or state == row.state:
            return False
        if state != row.origin:
            if self.take is Side.THEIRS:
                return False
            if self.take is None:
                self.report.conflicts.append(key)
                return True
            type(row)._default_manager.filter(pk=row.pk).update(origin=state)
        self.report.kept.append(key)
        return True


def load_lessons(*, root: Path, take: Side | None = None) -> LoadReport:
    """Make the database say what the files below `root` say; running it again changes nothing. What has vanished is
    archived, what is back is un-archived, and nothing is deleted. What was edited in the admin only is kept; `take`
    says who wins where both sides were edited. When `root` is one course's folder, other courses are left alone.
    Raises InvalidLessonFiles before anything is written."""
    courses = read_courses(root)
    load = _Load(LoadReport(), take)
    with transaction.atomic():
        for course in courses:
            _load_course(course, load)
        if not (root / COURSE_FILE).is_file():
            _archive(Course.objects.all(), [course.spec.slug for course in courses], "", load)
    return load.report


def _load_course(files: CourseFiles, load: _Load) -> None:
    slug = files.spec.slug
    course = Course.objects.filter(slug=slug).first()
    if course is None or not load.keeps(course, files.state, slug):
        course = save_course(files=files, origin=files.state, report=load.report)
    for lesson in files.lessons:
        key = f"{slug}/{lesson.spec.slug}"
        row = Lesson.objects.filter(course=course, slug=lesson.spec.slug).first()
        if not load.keeps(row, lesson.state, key):
            save_lesson(course=course, files=lesson, origin=lesson.state, report=load.report)
    kept = [lesson.spec.slug for lesson in files.lessons]
    _archive(course.lessons.all(), kept, f"{slug}/", load)


def save_course(*, files: CourseFiles, origin: str, report: LoadReport) -> Course:
    """Write what a course's file says. `origin` is what the folder of lessons says about it."""
    spec = files.spec
    wanted = {"title": spec.title, "summary": spec.summary, "position": spec.position, "archived": False}
    wanted |= {"source": files.source, "origin": origin}
    return _save(Course, {"slug": spec.slug}, wanted, spec.slug, report)


def save_lesson(*, course: Course, files: LessonFiles, origin: str, report: LoadReport) -> Lesson:
    """Write what a lesson's folder says. `origin` is what the folder of lessons says about it."""
    spec = files.spec
    wanted = {
        "title": spec.title,
        "summary": spec.summary,
        "minutes": spec.minutes,
        "position": spec.position,
        "draft": spec.draft,
        "prerequisites": list(spec.prerequisites),
        "machines": [machine.model_dump(mode="json", exclude_none=True) for machine in spec.machines],
        "source": spec.body,
        "blocks": [dict(block) for block in files.blocks],
        "version": files.version,
        "folder": files.folder.name,
        "origin": origin,
        "archived": False,
    }
    key = f"{course.slug}/{spec.slug}"
    lesson = _save(Lesson, {"course": course, "slug": spec.slug}, wanted, key, report)
    _save_contents(lesson, files.contents)
    _save_exercises(lesson, files.exercises, key, report)
    return lesson


def _save_contents(lesson: Lesson, contents: Mapping[str, bytes]) -> None:
    """Make the rows of the lesson's files say what they hold."""
    before = {path: bytes(content) for path, content in lesson.files.values_list("path", "content")}
    for path, content in contents.items():
        if before.get(path) != content:
            LessonFile.objects.update_or_create(lesson=lesson, path=path, defaults={"content": content})
    if gone := before.keys() - contents.keys():
        lesson.files.filter(path__in=gone).delete()


def _save_exercises(lesson: Lesson, exercises: Iterable[ExerciseFiles], key: str, report: LoadReport) -> None:
    slugs = []
    for position, exercise in enumerate(exercises):
        slugs.append(exercise.spec.slug)
        _save_exercise(lesson, exercise, position, f"{key}/{exercise.spec.slug}", report)
    gone = lesson.exercises.filter(archived=False).exclude(slug__in=slugs)
    report.archived += [f"{key}/{slug}" for slug in gone.values_list("slug", flat=True)]
    if gone:
        gone.update(archived=True)


def _save_exercise(lesson: Lesson, files: ExerciseFiles, position: int, key: str, report: LoadReport) -> None:
    spec = files.spec
    wanted = {
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
    _save(Exercise, {"lesson": lesson, "slug": spec.slug}, wanted, key, report)


def _save(model: type[RowT], found_by: dict[str, Any], wanted: dict[str, Any], key: str, report: LoadReport) -> RowT:
    """Create the row, or write those of its fields that differ, or nothing."""
    row = model._default_manager.filter(**found_by).first()
    if row is None:
        report.created.append(key)
        return model._default_manager.create(**found_by, **wanted)
    changed = [name for name, value in wanted.items() if getattr(row, name) != value]
    if not changed:
        report.unchanged.append(key)
        return row
    for name in changed:
        setattr(row, name, wanted[name])
    row.save(update_fields=changed)
    report.updated.append(key)
    return row


def _archive(rows: Any, kept: Iterable[str], prefix: str, load: _Load) -> None:
    """Archive those of the rows (a query of courses or lessons) that are not among the kept slugs, except what was made
    in the admin and has never been in files."""
    for row in rows.filter(archived=False).exclude(slug__in=list(kept)):
        key = prefix + row.slug
        if not load.keeps(row, "", key) and not _holds_edited(row, load):
            row.archived = True
            row.save(update_fields=["archived"])
            load.report.archived.append(key)


def _holds_edited(row: Course | Lesson, load: _Load) -> bool:
    """Whether lessons that only the admin knows keep a course from being archived."""
    if isinstance(row, Lesson):
        return False
    lessons = row.lessons.filter(archived=False)
    edited = [lesson for lesson in lessons.select_related("course") if load.keeps(lesson, "", lesson.key)]
    return bool(edited)
