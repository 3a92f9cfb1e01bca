"""Reads of the learner's pages and API. Query counts do not grow with courses, lessons or students."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from django.conf import settings
from django.db.models import F, FilteredRelation, Q, QuerySet
from django.urls import reverse
from django.utils.dateparse import parse_datetime

from accounts.models import User
from curriculum import queries as curriculum
from curriculum.models import Course, Exercise, Lesson
from curriculum.rendering.quiz import present
from curriculum.schema.placeholders import fill_spec
from curriculum.schema.specs import ExerciseSpec
from grading.models import Score, Submission
from grading.policy import terms_payload
from grading.predictions.comparison import prediction_payload
from grading.predictions.service import predictions_in
from grading.progress.exercise_state import hint_views
from grading.progress.navigation import LessonPlace
from grading.progress.totals import CourseProgress, ExerciseProgress, LessonProgress, Prerequisite, find_continuation
from grading.queries import latest_submissions
from grading.student_state import open_hints, predicted, with_standing
from grading.submissions.service import submission_payload
from grading.variants import spec_with, task_html, values_for
from sandboxes.machine_types.registry import machine_type
from sandboxes.models import Sandbox
from sandboxes.queries import latest_payload


def courses_with_progress(user: User) -> list[CourseProgress]:
    """The catalogue as one student sees it. Three queries."""
    return with_progress(user, curriculum.catalogue(drafts=user.teaches))


def catalogue_page(user: User) -> dict[str, Any]:
    """What the catalogue's template needs. Four queries."""
    courses = courses_with_progress(user)
    return {"courses": courses, "continuation": find_continuation(courses, last_lesson_key(user))}


def last_lesson_key(user: User) -> str:
    """The lesson whose machine the student had last, as `course/lesson`; empty when there was none. One query."""
    keys = Sandbox.objects.filter(user=user).order_by("-active_at").values_list("lesson_key", flat=True)
    return keys.first() or ""


def course_page(user: User, course: Course) -> dict[str, Any]:
    """What the outline's template needs of a course whose lessons have been read. Three queries."""
    after = curriculum.prerequisites_of(course.lessons.all(), drafts=user.teaches)
    (progress,) = with_progress(user, [course], after)
    continuation = find_continuation([progress], last_lesson_key(user))
    next_lesson = continuation.lesson if continuation else progress.next_lesson
    return {"course": progress, "continuation": continuation, "next_lesson": next_lesson}


def with_progress(
    user: User, courses: Iterable[Course], after: Mapping[int, list[Lesson]] = MappingProxyType({})
) -> list[CourseProgress]:
    """Courses whose lessons have been read, with what a student has of them. `after`: by a lesson's id, the lessons to
    be done before it. One query."""
    courses = list(courses)
    steps = _steps_by_lesson(user, courses)
    return [
        CourseProgress(
            slug=course.slug,
            title=course.title,
            summary=course.summary,
            lessons=[_lesson_progress(lesson, steps, after.get(lesson.pk, [])) for lesson in course.lessons.all()],
        )
        for course in courses
    ]


def _scored(user: User) -> QuerySet[Any]:
    """Exercises joined with the student's own scores: without one, `best`, `attempts` and `passed_at` are null."""
    return (
        Exercise.objects.filter(archived=False)
        .annotate(score=FilteredRelation("scores", condition=Q(scores__user=user)))
        .annotate(best=F("score__best"), attempts=F("score__attempts"), passed_at=F("score__passed_at"))
    )


def _exercises_of(lesson: Lesson, user: User) -> list[Any]:
    """A lesson's exercises, in reading order, with all that the student has of them. One query."""
    exercises = list(with_standing(_scored(user).filter(lesson=lesson).order_by("position", "slug"), user))
    for exercise in exercises:
        exercise.lesson = lesson
    return exercises


def _steps_by_lesson(user: User, courses: list[Course]) -> dict[int, list[ExerciseProgress]]:
    rows = _scored(user).filter(lesson__course__in=[course.pk for course in courses]).order_by("position", "slug")
    steps: dict[int, list[ExerciseProgress]] = defaultdict(list)
    for row in rows.values("lesson_id", "slug", "title", "points", "best", "attempts", "passed_at"):
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


def _lesson_progress(
    lesson: Lesson, steps: Mapping[int, list[ExerciseProgress]], after: Iterable[Lesson]
) -> LessonProgress:
    return LessonProgress(
        slug=lesson.slug,
        title=lesson.title,
        summary=lesson.summary,
        minutes=lesson.minutes,
        steps=steps.get(lesson.pk, []),
        after=[_prerequisite(before, steps) for before in after],
        draft=lesson.draft,
    )


def _prerequisite(lesson: Lesson, steps: Mapping[int, list[ExerciseProgress]]) -> Prerequisite:
    """Lessons of other courses, whose steps are not known here, are never done."""
    known = steps.get(lesson.pk, [])
    done = bool(known) and all(step.passed for step in known)
    return Prerequisite(course=lesson.course.slug, slug=lesson.slug, title=lesson.title, done=done)


def progress_payload(user: User) -> dict[str, Any]:
    """{"courses": [{"slug", "title", "exercises", "passed", "points", "earned", "lessons": [{"slug", "title",
    "exercises", "passed", "points", "earned"}]}]}"""
    return {"courses": [_course_payload(course) for course in courses_with_progress(user)]}


def _course_payload(course: CourseProgress) -> dict[str, Any]:
    totals = {name: getattr(course, name) for name in ("slug", "title", "exercises", "passed", "points", "earned")}
    return totals | {"lessons": [_totals(lesson) for lesson in course.lessons]}


def _totals(lesson: LessonProgress) -> dict[str, Any]:
    return {name: getattr(lesson, name) for name in ("slug", "title", "exercises", "passed", "points", "earned")}


def courses_payload(*, drafts: bool = False) -> list[dict[str, Any]]:
    """[{"slug", "title", "summary", "lessons": [{"slug", "title", "summary", "minutes", "exercises", "points"}]}]"""
    return [
        {
            "slug": course.slug,
            "title": course.title,
            "summary": course.summary,
            "lessons": [_lesson_summary(lesson) for lesson in course.lessons.all()],
        }
        for course in curriculum.catalogue(drafts=drafts)
    ]


def _lesson_summary(lesson: Lesson) -> dict[str, Any]:
    return {
        "slug": lesson.slug,
        "title": lesson.title,
        "summary": lesson.summary,
        "minutes": lesson.minutes,
        "exercises": lesson.exercise_count,  # type: ignore[attr-defined]  # annotated by curriculum.queries
        "points": lesson.points,  # type: ignore[attr-defined]  # annotated by curriculum.queries
    }


def lesson_payload(lesson: Lesson, user: User) -> dict[str, Any]:
    """{"key", "course", "slug", "title", "summary", "minutes", "machines", "blocks", "exercises": exercise_views()}.
    One query. Checks, the right answers and closed hints stay on the server."""
    return {
        "key": lesson.key,
        "course": lesson.course.slug,
        "slug": lesson.slug,
        "title": lesson.title,
        "summary": lesson.summary,
        "minutes": lesson.minutes,
        "machines": lesson.machines,
        "blocks": lesson.blocks,
        "exercises": exercise_views(_exercises_of(lesson, user), user),
    }


def exercise_views(exercises: Iterable[Any], user: User) -> list[dict[str, Any]]:
    """A lesson's exercises (`_exercises_of`) as the page's template and the API show them to a student: [{"number",
    "slug", "title", "points", "machine", "body_html", "hints", "terms", "prepared", "questions", "predictions"}]."""
    return [_exercise_view(exercise, number, user) for number, exercise in enumerate(exercises, 1)]


def _exercise_view(exercise: Any, number: int, user: User) -> dict[str, Any]:
    """`number` counts from 1 in the lesson."""
    values = values_for(exercise, user)
    spec = spec_with(exercise, values)
    return {
        "number": number,
        "slug": exercise.slug,
        "title": exercise.title,
        "points": exercise.points,
        "machine": exercise.machine,
        "body_html": task_html(exercise, values),
        "hints": hint_views(spec, open_hints(exercise)),
        "terms": terms_payload(spec),
        "prepared": bool(exercise.setup),
        "questions": _questions(exercise, spec, user),
        "predictions": [fill_spec(one, values).model_dump(exclude={"of"}) for one in predictions_in(exercise)],
    }


def _questions(exercise: Exercise, spec: ExerciseSpec, user: User) -> list[dict[str, Any]]:
    """In the order that is the user's own."""
    return present(spec.questions, seed=f"{user.pk}:{exercise.pk}")


def lesson_page(user: User, place: LessonPlace) -> dict[str, Any]:
    """Everything that the workspace's template needs. Three queries; more while a sandbox waits in the queue."""
    lesson = place.lesson
    exercises = _exercises_of(lesson, user)
    views = exercise_views(exercises, user)
    for view in views:
        view["due"] = parse_datetime(view["terms"]["due"] or "")
    return {
        "lesson": lesson,
        "course": lesson.course,
        "place": place,
        "blocks": _blocks(lesson, views),
        "exercises": views,
        "passed": sum(1 for exercise in exercises if exercise.passed_at),
        "has_engine": any(machine_type(machine.get("kind", "")).has_engine for machine in lesson.machines),
        "home_max_megabytes": round(settings.HOME_MAX_BYTES / 1_000_000),
        "lesson_data": _lesson_data(user, lesson, exercises, views),
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


def _lesson_data(user: User, lesson: Lesson, exercises: list[Any], views: list[dict[str, Any]]) -> dict[str, Any]:
    """What the page's scripts start from; static/js/lib/api_types.js calls it LessonData. Two queries."""
    submissions = latest_submissions(user, exercises)
    return {
        "lesson": lesson.key,
        "machines": lesson.machines,
        "sandbox": latest_payload(user, lesson.key) if lesson.machines else None,
        "exercises": [
            _exercise_data(exercise, submissions.get(exercise.pk)) | {"terms": view["terms"]}
            for exercise, view in zip(exercises, views, strict=True)
        ],
        "idle_minutes": settings.SANDBOX_IDLE_MINUTES,
        "urls": {"events": "/ws/events/", "sign_in": f"{reverse('sign_in')}?next={_url(lesson)}"},
    }


def _exercise_data(exercise: Any, submission: Submission | None) -> dict[str, Any]:
    """`exercise` is one of `_exercises_of`."""
    made = predicted(exercise)
    numbers = {"best": exercise.best or 0, "attempts": exercise.attempts or 0}
    score = Score(passed_at=exercise.passed_at, **numbers)
    return {
        "slug": exercise.slug,
        "points": exercise.points,
        **numbers,
        "passed": exercise.passed_at is not None,
        "machine": exercise.machine,
        "submission": submission_payload(submission, score) if submission else None,
        "predictions": [prediction_payload(spec, made.get(spec.id)) for spec in predictions_in(exercise)],
    }


def _url(lesson: Lesson) -> str:
    return reverse("lesson", args=[lesson.course.slug, lesson.slug])
