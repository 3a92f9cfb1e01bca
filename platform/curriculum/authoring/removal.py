"""Take courses, lessons and exercises away, and bring them back; say before what hangs on them.

Students' work stays: a row that anybody has worked on, or that came from files, is archived, and
marked so that loading its files does not bring it back. Anything else is deleted.
"""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import QuerySet

from curriculum.authoring.references import (
    Moves,
    follow_moves,
    lessons_asking_for,
    links_to,
    place_of,
)
from curriculum.authoring.service import remove_exercise
from curriculum.authoring.stamps import locked
from curriculum.errors import InvalidLessonFiles
from curriculum.models import Course, Exercise, Lesson
from sandboxes.models import Sandbox

Row = Course | Lesson | Exercise


def lessons_of(row: Row) -> list[Lesson]:
    """Return the lessons that a course or a lesson is about; an exercise is about none."""
    if isinstance(row, Exercise):
        return []
    rows = Lesson.objects.select_related("course")
    own = rows.filter(course=row) if isinstance(row, Course) else rows.filter(pk=row.pk)
    return list(own)


def exercises_of(row: Row) -> QuerySet[Exercise]:
    """Return the exercises of a course or a lesson, or the one itself."""
    if isinstance(row, Exercise):
        return Exercise.objects.filter(pk=row.pk)
    if isinstance(row, Lesson):
        return Exercise.objects.filter(lesson=row)
    return Exercise.objects.filter(lesson__course=row)


def students_work(row: Row) -> list[str]:
    """Count what students have at the row's exercises: "2 submissions"."""
    exercises = exercises_of(row)
    counts = []
    for relation in Exercise._meta.related_objects:
        model: Any = relation.related_model
        count = model._default_manager.filter(**{f"{relation.field.name}__in": exercises}).count()
        if count:
            meta = model._meta
            counts.append(
                f"{count} {meta.verbose_name if count == 1 else meta.verbose_name_plural}"
            )
    return counts


def count_students(row: Row) -> int:
    """Count who has worked on the row's exercises."""
    users: set[int] = set()
    for relation in Exercise._meta.related_objects:
        model: Any = relation.related_model
        if any(field.name == "user" for field in model._meta.get_fields()):
            rows = model._default_manager.filter(
                **{f"{relation.field.name}__in": exercises_of(row)}
            )
            users.update(rows.values_list("user_id", flat=True).distinct())
    return get_user_model().objects.filter(pk__in=users).count()


def running_sandboxes(row: Row) -> int:
    """Count the students who have machines for the row's lessons now."""
    keys = [lesson.key for lesson in lessons_of(row)]
    return Sandbox.objects.filter(lesson_key__in=keys, state__in=Sandbox.LIVE_STATES).count()


def is_kept(row: Row) -> bool:
    """Whether taking the row away archives it; otherwise it is deleted."""
    came_from_files = isinstance(row, Exercise) or bool(row.origin)
    if isinstance(row, Course):
        came_from_files |= any(lesson.origin for lesson in row.lessons.all())
    return came_from_files or bool(students_work(row)) or bool(running_sandboxes(row))


@transaction.atomic
def remove_row(row: Row) -> Row | None:
    """Take a row away; None when nothing of it is left.

    Other lessons no longer ask for its lessons first. Raises InvalidLessonFiles where they link to
    them.
    """
    if isinstance(row, Exercise):
        remove_exercise(lesson=row.lesson, slug=row.slug)
        row.refresh_from_db()
        return row
    if isinstance(row, Lesson):
        row = locked(row)
    lessons = [lesson for lesson in lessons_of(row) if not lesson.archived]
    refuse_links(lessons)
    is_archived = is_kept(row)
    if is_archived:
        row.archived, row.removed = True, True
        row.save(update_fields=["archived", "removed"])
    keys = {lesson.key: None for lesson in lessons}
    follow_moves(Moves(folders={}, keys=keys))
    if is_archived:
        return row
    row.delete()
    return None


def refuse_links(lessons: Iterable[Lesson]) -> None:
    """Raise InvalidLessonFiles when others link to these lessons."""
    if errors := [error for _, error in links_to({place_of(lesson) for lesson in lessons})]:
        raise InvalidLessonFiles(errors)


def restore_row(row: Course | Lesson) -> None:
    """Show a course or a lesson again that was taken away."""
    row.archived, row.removed = False, False
    row.save(update_fields=["archived", "removed"])


def consequences(row: Row) -> list[str]:
    """Say what hangs on a row, a sentence each."""
    lessons = lessons_of(row)
    sentences = []
    work = students_work(row)
    if work:
        students = number(count_students(row), "student")
        sentences.append(f"{students} worked on it: {', '.join(work)}.")
    else:
        sentences.append("No student has worked on it yet.")
    if running := running_sandboxes(row):
        has = "has" if running == 1 else "have"
        sentences.append(f"{number(running, 'student')} {has} machines for it now.")
    if asking := lessons_asking_for({lesson.key for lesson in lessons}):
        titles = ", ".join(f"“{lesson}”" for lesson in asking)
        sentences.append(f"Asked for first by {titles}.")
    links = links_to({place_of(lesson) for lesson in lessons})
    linking = list(dict.fromkeys(str(lesson) for lesson, _error in links))
    if linking:
        sentences.append("Linked from " + ", ".join(f"“{title}”" for title in linking) + ".")
    return sentences


def drawing_exercises(row: Row) -> list[Exercise]:
    """Return the exercises whose students each have values of their own."""
    live = exercises_of(row).filter(archived=False)
    return [exercise for exercise in live if exercise.definition.get("parameters")]


def number(count: int, noun: str) -> str:
    """Return a count with its noun: "1 student", "3 students"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
