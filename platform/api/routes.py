"""The HTTP API below /api/ (docs/api.md): JSON, by personal token, or by session with CSRF token as the pages do."""

import re
from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.parser import Parser
from ninja.types import DictStrAny

from accounts.models import User
from api import schemas as shapes
from api.auth import AUTH
from api.errors import BadRequest, add_error_handlers
from api.idempotency import PARAMETER, once
from api.throttling import CALLS, request_sandbox_within_limits
from curriculum.models import Lesson
from grading.predictions.comparison import comparison
from grading.predictions.service import predict
from grading.progress import queries
from grading.progress.access import (
    get_exercise_or_404,
    get_lesson_or_404,
    get_own_sandbox_or_404,
    get_submission_or_404,
    get_visible_sandbox_or_404,
    user_of,
)
from grading.progress.exercise_state import hints_after_opening, solution_html
from grading.submissions.auto_check import ask_for_look
from grading.submissions.service import submission_payload, submit
from sandboxes.lifecycle import end_sandbox, extend_sandbox, prepare_again, reset_sandbox, wake_sandbox
from sandboxes.queries import live_sandbox, sandbox_payload

Json = dict[str, Any]


class BodyParser(Parser):
    """Bodies are JSON, whatever they call themselves."""

    def parse_body(self, request: HttpRequest) -> DictStrAny:
        """What a body says; a form's says nothing. Raises ValueError."""
        return {} if request.content_type == "multipart/form-data" else super().parse_body(request)


class Api(NinjaAPI):
    """Its description takes a second to make, and stays the same as long as the process: it is made once."""

    _description: OpenAPISchema | None = None

    def get_openapi_schema(self, **place: Any) -> OpenAPISchema:
        if self._description is None:
            self._description = super().get_openapi_schema(**place)
        return self._description


# docs_url: Swagger's page would load its scripts from another site; api/docs.py has one of our own.
api = Api(
    title="Drydock",
    version="1",
    description="Courses, sandboxes with machines, and graded exercises. How to begin, with examples: docs/api.md.",
    auth=AUTH,
    throttle=[CALLS],
    docs_url=None,
    parser=BodyParser(),
    urls_namespace="api",
)
add_error_handlers(api)

READ_ERRORS = frozenset({401, 404, 429})
CHANGE_ERRORS = READ_ERRORS | {400, 403, 409, 411, 413, 422, 503}
ONCE: Json = {"parameters": [PARAMETER]}
EXERCISE = "/exercises/{slug:course}/{slug:lesson}/{slug:exercise}"
_LESSON_KEY = re.compile(r"([-a-zA-Z0-9_]+)/([-a-zA-Z0-9_]+)")


def answers(shape: type, errors: frozenset[int] = READ_ERRORS) -> dict[int, Any]:
    """What an operation may answer, for `response=`."""
    return {200: shape, **dict.fromkeys(sorted(errors), shapes.ErrorBody)}


SANDBOX_CHANGE: Json = {
    "response": answers(shapes.Sandbox, CHANGE_ERRORS),
    "openapi_extra": ONCE,
    "tags": ["Sandboxes"],
}


@api.get("/courses", response=answers(shapes.Courses), tags=["Lessons"])
def list_courses(request: HttpRequest) -> Json:
    """All courses with their lessons."""
    return {"courses": queries.courses_payload(drafts=user_of(request).teaches)}


@api.get("/lessons/{slug:course}/{slug:lesson}", response=answers(shapes.Lesson), exclude_unset=True, tags=["Lessons"])
def show_lesson(request: HttpRequest, course: str, lesson: str) -> Json:
    """A lesson's text and exercises, with the values that are yours where students' exercises differ."""
    user = user_of(request)
    return queries.lesson_payload(get_lesson_or_404(course, lesson, drafts=user.teaches), user)


@api.get("/progress", response=answers(shapes.Progress), tags=["Exercises"])
def show_progress(request: HttpRequest) -> Json:
    """What you have passed and earned."""
    return queries.progress_payload(user_of(request))


@api.post("/sandboxes", **SANDBOX_CHANGE)
@once
def create_sandbox(request: HttpRequest, wanted: shapes.SandboxRequest) -> Json:
    """Your sandbox for a lesson: the live one, or a new one, ready at once when a warm machine is free."""
    user = user_of(request)
    lesson = _lesson_of(wanted.lesson, user)
    if not lesson.machines:
        raise BadRequest("no-machines", "This lesson is done without a machine.")
    return sandbox_payload(request_sandbox_within_limits(user=user, lesson=lesson))


@api.get("/sandboxes/{uuid:sandbox_id}", response=answers(shapes.Sandbox), tags=["Sandboxes"])
def show_sandbox(request: HttpRequest, sandbox_id: UUID) -> Json:
    """Its state, place in the queue and machines."""
    return sandbox_payload(get_visible_sandbox_or_404(user_of(request), sandbox_id))


@api.delete("/sandboxes/{uuid:sandbox_id}", response=answers(shapes.Sandbox, CHANGE_ERRORS), tags=["Sandboxes"])
def delete_sandbox(request: HttpRequest, sandbox_id: UUID) -> Json:
    """Give the machines back; the home folder is kept. Ending what has ended is no error."""
    return sandbox_payload(end_sandbox(sandbox=get_own_sandbox_or_404(user_of(request), sandbox_id)))


@api.post("/sandboxes/{uuid:sandbox_id}/reset", **SANDBOX_CHANGE)
@once
def reset(request: HttpRequest, sandbox_id: UUID) -> Json:
    """Fresh machines; everything in the old ones is lost."""
    return sandbox_payload(reset_sandbox(sandbox=get_own_sandbox_or_404(user_of(request), sandbox_id)))


@api.post("/sandboxes/{uuid:sandbox_id}/extend", **SANDBOX_CHANGE)
@once
def extend(request: HttpRequest, sandbox_id: UUID) -> Json:
    """Keep it for longer."""
    return sandbox_payload(extend_sandbox(sandbox=get_own_sandbox_or_404(user_of(request), sandbox_id)))


@api.post("/sandboxes/{uuid:sandbox_id}/wake", **SANDBOX_CHANGE)
@once
def wake(request: HttpRequest, sandbox_id: UUID) -> Json:
    """Start a parked one again."""
    return sandbox_payload(wake_sandbox(sandbox=get_own_sandbox_or_404(user_of(request), sandbox_id)))


@api.post("/sandboxes/{uuid:sandbox_id}/prepare", **SANDBOX_CHANGE)
@once
def prepare(request: HttpRequest, sandbox_id: UUID) -> Json:
    """Run the setup scripts once more that failed. The machines and what runs in them stay as they are."""
    return sandbox_payload(prepare_again(sandbox=get_own_sandbox_or_404(user_of(request), sandbox_id)))


@api.post(
    f"{EXERCISE}/submissions",
    response=answers(shapes.Submission, CHANGE_ERRORS),
    exclude_unset=True,
    openapi_extra=ONCE,
    tags=["Exercises"],
)
@once
def create_submission(
    request: HttpRequest, course: str, lesson: str, exercise: str, given: shapes.SubmissionRequest | None = None
) -> Json:
    """Check an exercise as your machine stands now, or a quiz with the answers that you send. While one is on its way
    you get that one. A quiz is graded at once."""
    user = user_of(request)
    wanted = get_exercise_or_404(course, lesson, exercise, drafts=user.teaches)
    sandbox = live_sandbox(user, wanted.lesson.key)
    answers = given.answers if given else None
    return submission_payload(submit(user=user, exercise=wanted, sandbox=sandbox, answers=answers))


@api.post(f"{EXERCISE}/looks", response=answers(shapes.Look, CHANGE_ERRORS), openapi_extra=ONCE, tags=["Exercises"])
@once
def create_look(request: HttpRequest, course: str, lesson: str, exercise: str) -> Json:
    """Have an exercise looked at without handing it in: what holds comes as an event `look`. Only when everything holds
    it is stored, as a submission. Bounded; `retry_after` says when to ask again."""
    user = user_of(request)
    wanted = get_exercise_or_404(course, lesson, exercise, drafts=user.teaches)
    return asdict(ask_for_look(user=user, exercise=wanted, sandbox=live_sandbox(user, wanted.lesson.key)))


@api.post(f"{EXERCISE}/hints", response=answers(shapes.Hints, CHANGE_ERRORS), openapi_extra=ONCE, tags=["Exercises"])
@once
def open_hint(request: HttpRequest, course: str, lesson: str, exercise: str, wanted: shapes.HintRequest) -> Json:
    """Open a hint. Those before it have to be open; opening it again is no error and costs nothing."""
    user = user_of(request)
    found = get_exercise_or_404(course, lesson, exercise, drafts=user.teaches)
    return {"hints": hints_after_opening(user=user, exercise=found, number=wanted.number)}


@api.get(f"{EXERCISE}/solution", response=answers(shapes.Solution, READ_ERRORS | {409}), tags=["Exercises"])
def show_solution(request: HttpRequest, course: str, lesson: str, exercise: str) -> Json:
    """The script that solves the exercise, once its author lets you see it: after a pass, or enough attempts."""
    user = user_of(request)
    found = get_exercise_or_404(course, lesson, exercise, drafts=user.teaches)
    return {"html": solution_html(user=user, exercise=found)}


@api.get(
    f"{EXERCISE}/predictions",
    response=answers(shapes.Predictions),
    by_alias=True,
    tags=["Exercises"],
)
def show_predictions(request: HttpRequest, course: str, lesson: str, exercise: str) -> Json:
    """What the exercise asks you to predict, what you have said and measured, and how the class has done."""
    user = user_of(request)
    wanted = get_exercise_or_404(course, lesson, exercise, drafts=user.teaches)
    return {"predictions": comparison(user, wanted)}


@api.post(
    f"{EXERCISE}/predictions",
    response=answers(shapes.Predictions, CHANGE_ERRORS),
    by_alias=True,
    openapi_extra=ONCE,
    tags=["Exercises"],
)
@once
def create_prediction(
    request: HttpRequest, course: str, lesson: str, exercise: str, made: shapes.PredictionRequest
) -> Json:
    """Commit to a prediction. The same again changes nothing, and another one is refused."""
    user = user_of(request)
    wanted = get_exercise_or_404(course, lesson, exercise, drafts=user.teaches)
    predict(user=user, exercise=wanted, key=made.prediction, said=made.value)
    return {"predictions": comparison(user, wanted)}


@api.get(
    "/submissions/{uuid:submission_id}", response=answers(shapes.Submission), exclude_unset=True, tags=["Exercises"]
)
def show_submission(request: HttpRequest, submission_id: UUID) -> Json:
    """Its state, score, and what each check found."""
    return submission_payload(get_submission_or_404(user_of(request), submission_id))


def _lesson_of(key: str, user: User) -> Lesson:
    """The lesson "course/lesson", a draft only for those who teach. Raises Http404."""
    found = _LESSON_KEY.fullmatch(key)
    if found is None:
        raise Http404
    return get_lesson_or_404(found[1], found[2], drafts=user.teaches)
