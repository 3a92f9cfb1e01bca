"""Reads of courses and lessons. What is archived is left out everywhere. So are drafts, and courses with nothing else,
unless they are asked for. Query counts do not grow with the rows."""

from typing import NamedTuple

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from curriculum.models import Course, Exercise, Lesson

_LIVE_EXERCISE = Q(exercises__archived=False)


class Neighbours(NamedTuple):
    """The lessons before and after one, within its course."""

    previous: Lesson | None
    next: Lesson | None


def live_lessons(*, drafts: bool = False) -> QuerySet[Lesson]:
    """Lessons that may be shown, bare."""
    live = Lesson.objects.filter(archived=False, course__archived=False)
    return live if drafts else live.filter(draft=False)


def _lessons(drafts: bool) -> QuerySet[Lesson]:
    """Lessons without their texts, each with `exercise_count` and `points` (of all its exercises)."""
    return (
        live_lessons(drafts=drafts)
        .defer("source", "blocks")
        .annotate(
            exercise_count=Count("exercises", filter=_LIVE_EXERCISE),
            points=Coalesce(Sum("exercises__points", filter=_LIVE_EXERCISE), 0),
        )
    )


def _courses(drafts: bool) -> QuerySet[Course]:
    courses = Course.objects.filter(archived=False).defer("source")
    if not drafts:
        courses = courses.filter(Exists(live_lessons().filter(course=OuterRef("pk"))))
    return courses.prefetch_related(Prefetch("lessons", queryset=_lessons(drafts)))


def catalogue(*, drafts: bool = False) -> list[Course]:
    """All courses, in order; `course.lessons.all()` is read already, in order. Two queries."""
    return list(_courses(drafts))


def get_course(slug: str, *, drafts: bool = False) -> Course:
    """One course as in the catalogue. Two queries. Raises Course.DoesNotExist."""
    return _courses(drafts).get(slug=slug)


def get_lesson(course: str, lesson: str, *, drafts: bool = False) -> Lesson:
    """A lesson with its course, by their slugs. One query. Raises Lesson.DoesNotExist."""
    return live_lessons(drafts=drafts).select_related("course").get(course__slug=course, slug=lesson)


def exercises_of(lesson: Lesson) -> list[Exercise]:
    """The lesson's exercises, in reading order. One query."""
    exercises = list(Exercise.objects.filter(lesson_id=lesson.pk, archived=False))
    for exercise in exercises:
        exercise.lesson = lesson
    return exercises


def get_exercise(course: str, lesson: str, exercise: str, *, drafts: bool = False) -> Exercise:
    """An exercise with its lesson and course, by their slugs. One query. Raises Exercise.DoesNotExist."""
    live = Exercise.objects.select_related("lesson__course").filter(
        archived=False, lesson__in=live_lessons(drafts=drafts)
    )
    return live.get(lesson__course__slug=course, lesson__slug=lesson, slug=exercise)


def neighbours(lesson: Lesson, *, drafts: bool = False) -> Neighbours:
    """The lessons before and after this one. One query."""
    order = list(live_lessons(drafts=drafts).filter(course_id=lesson.course_id))
    place = next((index for index, other in enumerate(order) if other.pk == lesson.pk), None)
    if place is None:
        return Neighbours(None, None)
    return Neighbours(order[place - 1] if place else None, order[place + 1] if place + 1 < len(order) else None)
