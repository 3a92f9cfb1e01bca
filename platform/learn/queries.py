"""Reads of the learner's pages and API. Query counts do not grow with courses, lessons or students."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.db.models import Count, Q, Sum
from django.urls import reverse

from accounts.models import User
from curriculum import queries as curriculum
from curriculum.markdown import render_markdown
from curriculum.models import Course, Exercise, Lesson
from grading.models import Score
from grading.queries import latest_submissions, scores_of
from grading.submissions import submission_payload
from learn.progress import CourseProgress, LessonProgress
from sandboxes.queries import latest_sandbox, sandbox_payload

NO_SCORE = {"passed": 0, "attempted": 0, "earned": 0}


def courses_with_progress(user: User) -> list[CourseProgress]:
    """The catalogue as one student sees it. Three queries."""
    return with_progress(user, curriculum.catalogue())


def with_progress(user: User, courses: Iterable[Course]) -> list[CourseProgress]:
    """Courses whose lessons have been read, with what a student has of them. One query."""
    scores = _scores_by_lesson(user)
    return [
        CourseProgress(
            slug=course.slug,
            title=course.title,
            summary=course.summary,
            lessons=[_lesson_progress(lesson, scores.get(lesson.pk, NO_SCORE)) for lesson in course.lessons.all()],
        )
        for course in courses
    ]


def _scores_by_lesson(user: User) -> dict[int, dict[str, int]]:
    rows = (
        Score.objects.filter(user=user, exercise__archived=False)
        .values("exercise__lesson_id")
        .annotate(passed=Count("pk", filter=Q(passed_at__isnull=False)), attempted=Count("pk"), earned=Sum("best"))
    )
    return {row["exercise__lesson_id"]: row for row in rows}


def _lesson_progress(lesson: Lesson, scores: dict[str, int]) -> LessonProgress:
    return LessonProgress(
        slug=lesson.slug,
        title=lesson.title,
        summary=lesson.summary,
        minutes=lesson.minutes,
        exercises=lesson.exercise_count,  # type: ignore[attr-defined]  # annotated by curriculum.queries
        points=lesson.points,  # type: ignore[attr-defined]  # annotated by curriculum.queries
        passed=scores["passed"],
        attempted=scores["attempted"],
        earned=scores["earned"],
    )


def progress_payload(user: User) -> dict[str, Any]:
    """{"courses": [{"slug", "title", "exercises", "passed", "points", "earned", "lessons": [{"slug", "title",
    "exercises", "passed", "points", "earned"}]}]}"""
    return {"courses": [_course_payload(course) for course in courses_with_progress(user)]}


def _course_payload(course: CourseProgress) -> dict[str, Any]:
    totals = {name: getattr(course, name) for name in ("slug", "title", "exercises", "passed", "points", "earned")}
    return totals | {"lessons": [_totals(lesson) for lesson in course.lessons]}


def _totals(lesson: LessonProgress) -> dict[str, Any]:
    left_out = ("summary", "minutes", "attempted")
    return {name: value for name, value in asdict(lesson).items() if name not in left_out}


def courses_payload() -> list[dict[str, Any]]:
    """[{"slug", "title", "summary", "lessons": [{"slug", "title", "summary", "minutes", "exercises", "points"}]}]"""
    return [
        {
            "slug": course.slug,
            "title": course.title,
            "summary": course.summary,
            "lessons": [_lesson_summary(lesson) for lesson in course.lessons.all()],
        }
        for course in curriculum.catalogue()
    ]


def _lesson_summary(lesson: Lesson) -> dict[str, Any]:
    summary = asdict(_lesson_progress(lesson, NO_SCORE))
    return {name: summary[name] for name in ("slug", "title", "summary", "minutes", "exercises", "points")}


def lesson_payload(lesson: Lesson) -> dict[str, Any]:
    """{"key", "course", "slug", "title", "summary", "minutes", "machines", "blocks", "exercises": [{"slug", "title",
    "points", "machine", "body_html", "hints"}]}; hints are HTML. One query. Checks stay on the server."""
    return {
        "key": lesson.key,
        "course": lesson.course.slug,
        "slug": lesson.slug,
        "title": lesson.title,
        "summary": lesson.summary,
        "minutes": lesson.minutes,
        "machines": lesson.machines,
        "blocks": lesson.blocks,
        "exercises": [exercise_view(exercise, n) for n, exercise in enumerate(curriculum.exercises_of(lesson), 1)],
    }


def exercise_view(exercise: Exercise, number: int) -> dict[str, Any]:
    """An exercise as the page's template and the API show it; `number` counts from 1 in the lesson."""
    return {
        "number": number,
        "slug": exercise.slug,
        "title": exercise.title,
        "points": exercise.points,
        "machine": exercise.machine,
        "body_html": exercise.body_html,
        "hints": [render_markdown(hint) for hint in exercise.definition.get("hints", ())],
    }


def lesson_page(user: User, lesson: Lesson) -> dict[str, Any]:
    """Everything that the workspace's template needs. Five queries, and one or two more with a sandbox."""
    exercises = curriculum.exercises_of(lesson)
    scores = scores_of(user, lesson)
    views = [exercise_view(exercise, number) for number, exercise in enumerate(exercises, 1)]
    return {
        "lesson": lesson,
        "course": lesson.course,
        "place": _place(lesson),
        "blocks": _blocks(lesson, views),
        "exercises": views,
        "passed": sum(1 for score in scores.values() if score.passed_at),
        "home_max_megabytes": round(settings.HOME_MAX_BYTES / 1_000_000),
        "lesson_data": _lesson_data(user, lesson, exercises, scores),
    }


def _place(lesson: Lesson) -> dict[str, Any]:
    """Where the lesson stands in its course. One query."""
    order = list(
        Lesson.objects.filter(course_id=lesson.course_id, archived=False).only("course_id", "slug", "title", "position")
    )
    index = next(index for index, other in enumerate(order) if other.pk == lesson.pk)
    return {
        "number": index + 1,
        "count": len(order),
        "previous": order[index - 1] if index else None,
        "next": order[index + 1] if index + 1 < len(order) else None,
    }


def _blocks(lesson: Lesson, exercises: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The lesson's text in reading order: {"html"} or {"exercise": a view of it}."""
    by_slug = {exercise["slug"]: exercise for exercise in exercises}
    blocks = []
    for block in lesson.blocks:
        if block["type"] == "html":
            blocks.append({"html": block["html"]})
        elif block["slug"] in by_slug:
            blocks.append({"exercise": by_slug[block["slug"]]})
    return blocks


def _lesson_data(user: User, lesson: Lesson, exercises: list[Exercise], scores: dict[str, Score]) -> dict[str, Any]:
    """What the page's scripts start from; static/js/types.js calls it LessonData."""
    submissions = latest_submissions(user, lesson)
    sandbox = latest_sandbox(user, lesson.key) if lesson.machines else None
    return {
        "lesson": lesson.key,
        "machines": lesson.machines,
        "sandbox": sandbox_payload(sandbox) if sandbox else None,
        "exercises": [
            {
                "slug": exercise.slug,
                "points": exercise.points,
                **_score_data(scores.get(exercise.slug)),
                "submission": submission_payload(submissions[exercise.slug]) if exercise.slug in submissions else None,
            }
            for exercise in exercises
        ],
        "idle_minutes": settings.SANDBOX_IDLE_MINUTES,
        "urls": {"events": "/ws/events/", "sign_in": f"{reverse('sign_in')}?next={_url(lesson)}"},
    }


def _score_data(score: Score | None) -> dict[str, Any]:
    if score is None:
        return {"best": 0, "attempts": 0, "passed": False}
    return {"best": score.best, "attempts": score.attempts, "passed": score.passed_at is not None}


def _url(lesson: Lesson) -> str:
    return reverse("lesson", args=[lesson.course.slug, lesson.slug])
