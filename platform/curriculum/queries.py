"""Read courses and lessons.

What is archived is left out everywhere. So are drafts, and courses with nothing else, unless they
are asked for. Query counts do not grow with the rows.
"""

from collections import Counter
from collections.abc import Iterable

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from curriculum.models import Course, Exercise, Lesson
from curriculum.schema.glossary import GLOSSARY_FILE
from curriculum.schema.prerequisites import full_keys, short_name

LIVE_EXERCISE = Q(exercises__archived=False)
TEXTS = ("source", "blocks", "illustration", "search_text")
COURSE_TEXTS = ("source", "files", "glossary", "illustration")


def live_lessons(*, drafts: bool = False) -> QuerySet[Lesson]:
    """Return the lessons that may be shown, without anything joined to them."""
    live = Lesson.objects.filter(archived=False, course__archived=False)
    return live if drafts else live.filter(draft=False)


def without_texts(lessons: QuerySet[Lesson]) -> QuerySet[Lesson]:
    """Leave out of lessons, and of the courses joined to them, what is long."""
    return lessons.defer(*TEXTS, *(f"course__{name}" for name in COURSE_TEXTS))


def count_machine_types() -> Counter[str]:
    """Count, by machine type, the lessons that students can see and that want one. One query."""
    lessons = live_lessons().select_related("course").only("slug", "machines", "course__slug")
    return Counter(
        kind
        for lesson in lessons
        for kind in {machine["kind"] for machine in lesson.requested_machines}
    )


def live_courses(*, drafts: bool = False) -> QuerySet[Course]:
    """Return the courses that may be shown, with their lessons and without texts.

    Each course has `has_glossary`, each lesson `exercise_count` and `points` of all its exercises.
    Two queries.
    """
    courses = Course.objects.filter(archived=False).defer("source", "files", "glossary")
    courses = courses.annotate(has_glossary=Q(files__has_key=GLOSSARY_FILE))
    if not drafts:
        courses = courses.filter(Exists(live_lessons().filter(course=OuterRef("pk"))))
    lessons = (
        live_lessons(drafts=drafts)
        .defer("source", "blocks", "search_text")
        .annotate(
            exercise_count=Count("exercises", filter=LIVE_EXERCISE),
            points=Coalesce(Sum("exercises__points", filter=LIVE_EXERCISE), 0),
        )
    )
    return courses.prefetch_related(Prefetch("lessons", queryset=lessons))


def catalogue(*, drafts: bool = False) -> list[Course]:
    """Return all courses and, in `course.lessons.all()`, their lessons, in order. Two queries."""
    return list(live_courses(drafts=drafts))


def get_course(slug: str, *, drafts: bool = False) -> Course:
    """Return one course as in the catalogue. Two queries. Raises Course.DoesNotExist."""
    return live_courses(drafts=drafts).get(slug=slug)


def get_lesson(course: str, lesson: str, *, drafts: bool = False) -> Lesson:
    """Return a lesson with its course, by their slugs. One query. Raises Lesson.DoesNotExist."""
    lessons = live_lessons(drafts=drafts).select_related("course")
    return lessons.get(course__slug=course, slug=lesson)


def get_exercise(course: str, lesson: str, exercise: str, *, drafts: bool = False) -> Exercise:
    """Return an exercise with its lesson and course, by their slugs.

    One query. Raises Exercise.DoesNotExist.
    """
    exercises = Exercise.objects.select_related("lesson__course").filter(
        archived=False, lesson__in=live_lessons(drafts=drafts)
    )
    return exercises.get(lesson__course__slug=course, lesson__slug=lesson, slug=exercise)


def lesson_titles(*, course: str, without: Lesson | None = None) -> dict[str, str]:
    """Map how a lesson of `course` names others to their titles, drafts too.

    The course's own come first; `without` is left out. One query.
    """
    lessons = live_lessons(drafts=True).select_related("course")
    lessons = lessons.only(
        "slug", "title", "position", "course__slug", "course__title", "course__position"
    )
    others = [row for row in lessons if without is None or row.pk != without.pk]
    titles = {}
    for row in sorted(others, key=lambda row: row.course.slug != course):
        is_own = row.course.slug == course
        titles[short_name(course, row.key)] = (
            row.title if is_own else f"{row.course.title}: {row.title}"
        )
    return titles


def prerequisites_of(lessons: Iterable[Lesson], *, drafts: bool = False) -> dict[int, list[Lesson]]:
    """Map lessons (whose courses are loaded), by their id, to what should be done before them.

    Those are lessons with their courses and without their texts, as their authors ordered them. A
    lesson without any is left out. One query, or none when no lesson names another.
    """
    keys = {lesson.pk: full_keys(lesson.course.slug, lesson.prerequisites) for lesson in lessons}
    slugs = {key.partition("/")[2] for names in keys.values() for key in names}
    if not slugs:
        return {}
    rows = live_lessons(drafts=drafts).filter(slug__in=slugs).select_related("course")
    by_key = {row.key: row for row in without_texts(rows)}
    prerequisites = {
        pk: [by_key[key] for key in names if key in by_key] for pk, names in keys.items()
    }
    return {pk: needed for pk, needed in prerequisites.items() if needed}
