"""Build the API's answers about lessons and progress."""

from typing import Any

from accounts.models import User
from curriculum.models import Lesson
from curriculum.queries import catalogue
from grading.access import may_see_drafts
from grading.progress.queries import courses_with_progress, exercise_payloads, lesson_assignments
from grading.progress.totals import CourseProgress, LessonProgress

Json = dict[str, Any]


def courses_payload(user: User) -> list[Json]:
    """Return all courses with their lessons. Two queries.

    [{"slug", "title", "summary", "lessons": [{"slug", "title", "summary", "minutes", "exercises",
    "points"}]}]
    """
    return [
        {
            "slug": course.slug,
            "title": course.title,
            "summary": course.summary,
            "lessons": [lesson_summary(lesson) for lesson in course.lessons.all()],
        }
        for course in catalogue(drafts=may_see_drafts(user))
    ]


def lesson_summary(lesson: Lesson) -> Json:
    """Return a lesson of the catalogue, without its text."""
    return {
        "slug": lesson.slug,
        "title": lesson.title,
        "summary": lesson.summary,
        "minutes": lesson.minutes,
        # annotated by catalogue()
        "exercises": lesson.exercise_count,  # type: ignore[attr-defined]
        "points": lesson.points,  # type: ignore[attr-defined]
    }


def lesson_payload(lesson: Lesson, user: User) -> Json:
    """Return a lesson's text and exercises. One query.

    {"key", "course", "slug", "title", "summary", "minutes", "machines", "blocks", "exercises":
    exercise_payloads()}
    """
    return {
        "key": lesson.key,
        "course": lesson.course.slug,
        "slug": lesson.slug,
        "title": lesson.title,
        "summary": lesson.summary,
        "minutes": lesson.minutes,
        "machines": lesson.machines,
        "blocks": lesson.blocks,
        "exercises": exercise_payloads(lesson_assignments(lesson, user)),
    }


def progress_payload(user: User) -> Json:
    """Return what a student has passed and earned.

    {"courses": [{"slug", "title", "exercises", "passed", "points", "earned", "lessons": [{"slug",
    "title", "exercises", "passed", "points", "earned"}]}]}
    """
    courses = [
        totals_payload(course) | {"lessons": [totals_payload(row) for row in course.lessons]}
        for course in courses_with_progress(user)
    ]
    return {"courses": courses}


def totals_payload(progress: CourseProgress | LessonProgress) -> Json:
    """Return the totals of a course or lesson."""
    names = ("slug", "title", "exercises", "passed", "points", "earned")
    return {name: getattr(progress, name) for name in names}
