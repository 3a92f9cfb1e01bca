"""Read what the learner's pages show. Query counts do not grow with the rows."""

from collections.abc import Collection
from pathlib import PurePosixPath
from typing import Any

from django.conf import settings
from django.http import Http404
from django.templatetags.static import static
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext

from accounts.models import User
from curriculum.models import Course, Lesson
from curriculum.queries import prerequisites_of
from curriculum.rendering.photos import CONTENT_TYPES
from grading.access import NOBODY, may_see_drafts
from grading.assignments import Assignment
from grading.models import Certificate, Score, Submission
from grading.predictions.comparison import prediction_payload
from grading.progress.queries import (
    courses_with_progress,
    exercise_payloads,
    lesson_assignments,
    with_progress,
)
from grading.progress.totals import find_continuation
from grading.queries import latest_submissions
from grading.student_state import predictions_by_key
from grading.submissions.payload import submission_payload
from learn.contents import lesson_contents
from learn.navigation import LessonNavigation
from panels.registry import panels_for
from sandboxes.machine_types.registry import machine_type
from sandboxes.models import Sandbox
from sandboxes.queries import latest_payload


def catalogue_page(user: User) -> dict[str, Any]:
    """Return what the catalogue's template needs. Four queries."""
    courses = courses_with_progress(user)
    return {"courses": courses, "continuation": find_continuation(courses, last_lesson_key(user))}


def last_lesson_key(user: User) -> str:
    """Return the lesson whose machine the student had last, or nothing. One query."""
    rows = Sandbox.objects.filter(user=user).order_by("-active_at")
    return rows.values_list("lesson_key", flat=True).first() or ""


def course_page(user: User, course: Course) -> dict[str, Any]:
    """Return what the outline's template needs of a course whose lessons have been read.

    Three queries.
    """
    prerequisites = prerequisites_of(course.lessons.all(), drafts=may_see_drafts(user))
    (progress,) = with_progress(user, [course], prerequisites)
    if progress.finished:
        certified = Certificate.objects.filter(user=user, course=course).first()
        return {"course": progress, "certificate": certified, "may_be_certified": not user.teaches}
    continuation = find_continuation([progress], last_lesson_key(user))
    next_lesson = continuation.lesson if continuation else progress.next_lesson
    return {"course": progress, "continuation": continuation, "next_lesson": next_lesson}


def glossary_page(course: Course) -> dict[str, Any]:
    """Return what the template of a course's glossary needs; without any terms it is not there."""
    if not course.glossary:
        raise Http404
    return {"course": course, "terms": course.glossary}


def lesson_page(user: User, navigation: LessonNavigation) -> dict[str, Any]:
    """Return what the workspace's template needs.

    Three queries; more while a sandbox waits in the queue.
    """
    lesson = navigation.lesson
    is_guest = user.pk == NOBODY
    if is_guest:
        lesson.machines = []  # a machine is somebody's
    assignments = lesson_assignments(lesson, user)
    payloads = exercise_payloads(assignments)
    for payload in payloads:
        payload["due"] = parse_datetime(payload["terms"]["due"] or "")
    script_data = lesson_data(user, lesson, [] if is_guest else assignments, payloads)
    panels = lesson_panels(lesson)
    script_data["panels"] = panels
    passed = {data["slug"] for data in script_data["exercises"] if data["passed"]}
    blocks = lesson_blocks(lesson, payloads)
    return {
        "lesson": lesson,
        "course": lesson.course,
        "navigation": navigation,
        "blocks": blocks,
        "contents": lesson_contents(blocks, passed),
        "exercises": payloads,
        "passed": len(passed),
        "course_progress": course_progress(navigation, payloads, passed),
        "has_engine": any(
            machine_type(machine.get("kind", "")).has_engine for machine in lesson.machines
        ),
        "home_max_megabytes": round(settings.HOME_MAX_BYTES / 1_000_000),
        "panels": panels,
        "lesson_data": script_data,
        "is_guest": is_guest,
    }


def course_progress(
    navigation: LessonNavigation, exercises: Collection[Any], passed: Collection[str]
) -> dict[str, int] | None:
    """Count the course's lessons that have exercises, and those that are finished.

    None where this lesson is the only one, or has none itself.
    """
    if not exercises or not navigation.others:
        return None
    elsewhere = sum(navigation.others)
    return {
        "lessons": len(navigation.others) + 1,
        "elsewhere": elsewhere,
        "finished": elsewhere + (len(passed) == len(exercises)),
    }


def lesson_panels(lesson: Lesson) -> list[dict[str, Any]]:
    """Return the panels of a lesson, each with the names of the machines that it can be about."""
    types = {machine["name"]: machine_type(machine.get("kind", "")) for machine in lesson.machines}
    return [
        {
            "name": panel.name,
            "title": gettext(panel.title),
            "explains": gettext(panel.explains),
            "icon": panel.icon,
            "script": static(panel.script),
            "stylesheet": static(panel.stylesheet),
            "glossary_terms": panel.glossary_terms,
            "data": panel.data,
            "machines": [name for name, each in types.items() if panel.fits(each)],
            "together": bool(panel.together),
        }
        for panel in panels_for(types.values())
    ]


def lesson_blocks(lesson: Lesson, exercises: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the lesson's text in reading order: {"html"} or {"exercise": its payload}."""
    by_slug = {exercise["slug"]: exercise for exercise in exercises}
    blocks = []
    for block in lesson.blocks:
        if block["type"] == "html":
            blocks.append({"html": block["html"]})
        elif block["slug"] in by_slug:
            blocks.append({"exercise": by_slug[block["slug"]]})
    return blocks


def lesson_data(
    user: User, lesson: Lesson, assignments: list[Assignment], payloads: list[dict[str, Any]]
) -> dict[str, Any]:
    """Return what the page's scripts start from (LessonData in api_types.js). Two queries."""
    submissions = latest_submissions(user, [assignment.exercise for assignment in assignments])
    url = reverse("lesson", args=[lesson.course.slug, lesson.slug])
    return {
        "lesson": lesson.key,
        "machines": lesson.machines,
        "sandbox": latest_payload(user, lesson.key) if lesson.machines else None,
        "exercises": [
            exercise_data(assignment, submissions.get(assignment.exercise.pk))
            | {"terms": payload["terms"]}
            for assignment, payload in zip(assignments, payloads, strict=bool(assignments))
        ],
        "glossary": lesson.course.glossary,
        "idle_minutes": settings.SANDBOX_IDLE_MINUTES,
        "urls": {"events": "/ws/events/", "sign_in": f"{reverse('sign_in')}?next={url}"},
    }


def exercise_data(assignment: Assignment, submission: Submission | None) -> dict[str, Any]:
    """Return what the page's scripts need of an exercise of lesson_assignments()."""
    exercise: Any = assignment.exercise  # annotated with what the student has of it
    predictions = predictions_by_key(exercise)
    numbers = {"best": exercise.best or 0, "attempts": exercise.attempts or 0}
    score = Score(passed_at=exercise.passed_at, **numbers)
    return {
        "slug": exercise.slug,
        "points": exercise.points,
        **numbers,
        "passed": exercise.passed_at is not None,
        "machine": exercise.machine,
        "submission": submission_payload(submission, assignment, score) if submission else None,
        "predictions": [
            prediction_payload(spec, predictions.get(spec.id))
            for spec in assignment.spec.predictions
        ],
    }


def get_photo_or_404(lesson: Lesson, name: str) -> tuple[bytes, str]:
    """Read a PNG, JPEG or WebP file of the lesson's folder, and its type. One query."""
    content_type = CONTENT_TYPES.get(PurePosixPath(name).suffix)
    file = lesson.files.filter(path=name).first() if content_type else None
    if file is None:
        raise Http404
    return bytes(file.content), str(content_type)
