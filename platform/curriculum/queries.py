"""Reads of courses and lessons. What is archived is left out everywhere. So are drafts, and courses with nothing else,
unless they are asked for. Query counts do not grow with the rows."""

from collections.abc import Iterable

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from curriculum.models import Course, Exercise, Lesson
from curriculum.schema.prerequisites import full_keys, short_name

_LIVE_EXERCISE = Q(exercises__archived=False)


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


def get_exercise(course: str, lesson: str, exercise: str, *, drafts: bool = False) -> Exercise:
    """An exercise with its lesson and course, by their slugs. One query. Raises Exercise.DoesNotExist."""
    live = Exercise.objects.select_related("lesson__course").filter(
        archived=False, lesson__in=live_lessons(drafts=drafts)
    )
    return live.get(lesson__course__slug=course, lesson__slug=lesson, slug=exercise)


def lesson_titles(*, course: str, without: Lesson | None = None) -> dict[str, str]:
    """All lessons but one, drafts too, by how a lesson of `course` names them: its own first. One query."""
    found = live_lessons(drafts=True).select_related("course")
    found = found.only("slug", "title", "position", "course__slug", "course__title", "course__position")
    others = [row for row in found if without is None or row.pk != without.pk]
    rows = sorted(others, key=lambda row: row.course.slug != course)
    titles = {row.key: row.title if row.course.slug == course else f"{row.course.title}: {row.title}" for row in rows}
    return {short_name(course, key): title for key, title in titles.items()}


def prerequisites_of(lessons: Iterable[Lesson], *, drafts: bool = False) -> dict[int, list[Lesson]]:
    """What should be done before each of these lessons (whose courses are loaded), by their id, as their authors
    ordered it: lessons with their courses and without their texts. A lesson without any is left out. One query, or none
    when nobody asks for anything."""
    keys = {lesson.pk: full_keys(lesson.course.slug, lesson.prerequisites) for lesson in lessons}
    wanted = {key for needed in keys.values() for key in needed}
    if not wanted:
        return {}
    slugs = {key.partition("/")[2] for key in wanted}
    rows = live_lessons(drafts=drafts).filter(slug__in=slugs).select_related("course").defer("source", "blocks")
    found = {row.key: row for row in rows}
    needed = {pk: [found[key] for key in asked if key in found] for pk, asked in keys.items()}
    return {pk: those for pk, those in needed.items() if those}
