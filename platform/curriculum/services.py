"""Bring lesson files into the database. Rows are found again by their slugs, so that what students did stays theirs."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import QuerySet

from curriculum.files import COURSE_FILE, CourseFiles, ExerciseFiles, LessonFiles, read_courses
from curriculum.models import Course, Exercise, Lesson

RowT = TypeVar("RowT", Course, Lesson, Exercise)


@dataclass
class LoadReport:
    """What a load did, by key: `course`, `course/lesson` or `course/lesson/exercise`."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    archived: list[str] = field(default_factory=list)


def load_lessons(*, root: Path) -> LoadReport:
    """Make the database say what the files below `root` say; running it again changes nothing. What has vanished is
    archived, what is back is un-archived, and nothing is deleted. When `root` is one course's folder, other courses
    are left alone. Raises InvalidLessonFiles before anything is written."""
    courses = read_courses(root)
    report = LoadReport()
    with transaction.atomic():
        for course in courses:
            _load_course(course, report)
        if not (root / COURSE_FILE).is_file():
            _archive(Course.objects.all(), [course.spec.slug for course in courses], "", report)
    return report


def _load_course(files: CourseFiles, report: LoadReport) -> None:
    spec = files.spec
    wanted = {"title": spec.title, "summary": spec.summary, "position": spec.position, "archived": False}
    course = _save(Course, {"slug": spec.slug}, wanted, spec.slug, report)
    for lesson in files.lessons:
        _load_lesson(course, lesson, report)
    kept = [lesson.spec.slug for lesson in files.lessons]
    _archive(course.lessons.all(), kept, f"{course.slug}/", report)


def _load_lesson(course: Course, files: LessonFiles, report: LoadReport) -> None:
    spec = files.spec
    wanted = {
        "title": spec.title,
        "summary": spec.summary,
        "minutes": spec.minutes,
        "position": spec.position,
        "machines": [machine.model_dump(mode="json") for machine in spec.machines],
        "source": spec.body,
        "blocks": [dict(block) for block in files.blocks],
        "version": files.version,
        "archived": False,
    }
    key = f"{course.slug}/{spec.slug}"
    lesson = _save(Lesson, {"course": course, "slug": spec.slug}, wanted, key, report)
    for position, exercise in enumerate(files.exercises):
        _load_exercise(lesson, exercise, position, f"{key}/{exercise.spec.slug}", report)
    kept = [exercise.spec.slug for exercise in files.exercises]
    _archive(lesson.exercises.all(), kept, f"{key}/", report)


def _load_exercise(lesson: Lesson, files: ExerciseFiles, position: int, key: str, report: LoadReport) -> None:
    spec = files.spec
    wanted = {
        "title": spec.title,
        "position": position,
        "machine": spec.machine,
        "points": spec.points,
        "body_html": files.body_html,
        "definition": spec.model_dump(mode="json"),
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


def _archive(rows: QuerySet[RowT], kept: Iterable[str], prefix: str, report: LoadReport) -> None:
    """Archive those of the rows that are not among the kept slugs."""
    gone = rows.filter(archived=False).exclude(slug__in=list(kept))
    slugs = list(gone.values_list("slug", flat=True))
    if slugs:
        gone.update(archived=True)
        report.archived += [prefix + slug for slug in slugs]
