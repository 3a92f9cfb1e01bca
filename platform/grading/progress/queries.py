"""Read lessons and courses with what a student has of them, for pages and the API.

Query counts do not grow with courses, lessons or students.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from django.db.models import F, FilteredRelation, Q, QuerySet

from accounts.models import User
from curriculum.models import Course, Exercise, Lesson
from curriculum.queries import catalogue
from curriculum.rendering.quiz import present
from grading.access import may_see_drafts
from grading.assignments import Assignment, assign
from grading.policy import policy_payload
from grading.progress.exercise_state import hints_payload
from grading.progress.totals import CourseProgress, ExerciseProgress, LessonProgress, Prerequisite
from grading.student_state import open_hints, with_student_state


def courses_with_progress(user: User) -> list[CourseProgress]:
    """Read the catalogue as a student sees it. Three queries."""
    return with_progress(user, catalogue(drafts=may_see_drafts(user)))


def with_progress(
    user: User,
    courses: Iterable[Course],
    prerequisites: Mapping[int, list[Lesson]] = MappingProxyType({}),
) -> list[CourseProgress]:
    """Add what a student has of courses whose lessons have been read.

    `prerequisites`: by a lesson's id, the lessons to be done before it. One query.
    """
    courses = list(courses)
    steps = steps_by_lesson(user, courses)
    return [
        CourseProgress(
            slug=course.slug,
            title=course.title,
            summary=course.summary,
            lessons=[
                lesson_progress(lesson, steps, prerequisites.get(lesson.pk, []))
                for lesson in course.lessons.all()
            ],
            illustration=course.illustration,
            # annotated by curriculum.queries.live_courses()
            has_glossary=bool(getattr(course, "has_glossary", False)),
        )
        for course in courses
    ]


def with_scores(user: User) -> QuerySet[Any]:
    """Join exercises with the student's own scores.

    Without a score, `best`, `attempts` and `passed_at` are null.
    """
    own = Q(scores__user=user, scores__trial=user.teaches)
    return (
        Exercise.objects.filter(archived=False)
        .annotate(score=FilteredRelation("scores", condition=own))
        .annotate(
            best=F("score__best"), attempts=F("score__attempts"), passed_at=F("score__passed_at")
        )
    )


def lesson_assignments(lesson: Lesson, user: User) -> list[Assignment]:
    """Read a lesson's exercises in reading order, with all that the student has of them.

    Each definition is parsed once. One query.
    """
    rows = with_scores(user).filter(lesson=lesson).order_by("position", "slug")
    exercises = list(with_student_state(rows, user))
    for exercise in exercises:
        exercise.lesson = lesson
    return [assign(exercise, user) for exercise in exercises]


def steps_by_lesson(user: User, courses: list[Course]) -> dict[int, list[ExerciseProgress]]:
    """Read the student's progress at exercises, by the lesson's id. One query."""
    ids = [course.pk for course in courses]
    rows = with_scores(user).filter(lesson__course__in=ids).order_by("position", "slug")
    names = ("lesson_id", "slug", "title", "points", "best", "attempts", "passed_at")
    steps: dict[int, list[ExerciseProgress]] = defaultdict(list)
    for row in rows.values(*names):
        steps[row["lesson_id"]].append(
            ExerciseProgress(
                slug=row["slug"],
                title=row["title"],
                points=row["points"],
                earned=row["best"] or 0,
                attempted=row["attempts"] is not None,
                passed=row["passed_at"] is not None,
            )
        )
    return steps


def lesson_progress(
    lesson: Lesson, steps: Mapping[int, list[ExerciseProgress]], prerequisites: Iterable[Lesson]
) -> LessonProgress:
    """Make a lesson's progress of exercises' progress by lesson."""
    return LessonProgress(
        slug=lesson.slug,
        title=lesson.title,
        summary=lesson.summary,
        minutes=lesson.minutes,
        steps=steps.get(lesson.pk, []),
        after=[prerequisite(before, steps) for before in prerequisites],
        draft=lesson.draft,
        illustration=lesson.illustration,
    )


def prerequisite(lesson: Lesson, steps: Mapping[int, list[ExerciseProgress]]) -> Prerequisite:
    """Say whether a lesson is done.

    A lesson of another course, whose steps are unknown here, never is.
    """
    known = steps.get(lesson.pk, [])
    done = bool(known) and all(step.passed for step in known)
    return Prerequisite(course=lesson.course.slug, slug=lesson.slug, title=lesson.title, done=done)


def exercise_payloads(assignments: Iterable[Assignment]) -> list[dict[str, Any]]:
    """Return a lesson's exercises as its page and the API show them to a student.

    [{"number", "slug", "title", "points", "machine", "body_html", "hints", "terms", "prepared",
    "questions", "predictions"}]; `assignments` as lesson_assignments() returns them. Checks, the
    right answers and closed hints stay on the server.
    """
    return [
        exercise_payload(assignment, number) for number, assignment in enumerate(assignments, 1)
    ]


def exercise_payload(assignment: Assignment, number: int) -> dict[str, Any]:
    """Return an exercise as JSON; `number` counts from 1 in the lesson."""
    exercise, spec = assignment.exercise, assignment.spec
    seed = f"{assignment.user.pk}:{exercise.pk}"  # options come in the student's own order
    return {
        "number": number,
        "slug": exercise.slug,
        "title": exercise.title,
        "points": exercise.points,
        "machine": exercise.machine,
        "body_html": assignment.task_html,
        "hints": hints_payload(spec, open_hints(exercise)),
        "terms": policy_payload(spec) | {"trial": assignment.user.teaches},
        "prepared": bool(exercise.setup),
        "questions": present(spec.questions, seed=seed),
        "predictions": [prediction.model_dump(exclude={"of"}) for prediction in spec.predictions],
    }
