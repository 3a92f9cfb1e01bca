"""Serve the HTTP API below /api/ (docs/api.md).

It speaks JSON, by personal token, or by session with CSRF token as the pages do.
"""

import re
from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.parser import Parser
from ninja.types import DictStrAny

from accounts.access import user_of
from accounts.models import User
from api import payloads, schemas
from api.auth import AUTH
from api.errors import BadRequest, add_error_handlers
from api.idempotency import PARAMETER, once
from api.port_routes import router as port_router
from api.throttling import CALLS, request_sandbox_within_limits
from curriculum.models import Lesson
from curriculum.setup_scripts import setup_scripts_for
from grading.access import (
    get_exercise_or_404,
    get_lesson_or_404,
    get_own_sandbox_or_404,
    get_submission_or_404,
    get_visible_sandbox_or_404,
)
from grading.assignments import assign
from grading.predictions.comparison import comparison
from grading.predictions.service import predict
from grading.progress.exercise_state import hints_after_opening, solution_html
from grading.submissions.auto_check import request_auto_check
from grading.submissions.payload import submission_payload
from grading.submissions.service import submit
from sandboxes.docker_events.recent import recent_messages
from sandboxes.lifecycle import (
    end_sandbox,
    extend_sandbox,
    keep_sandbox_awake,
    reset_sandbox,
    retry_setup,
    wake_sandbox,
)
from sandboxes.models import Machine
from sandboxes.queries import live_sandbox, sandbox_payload

Json = dict[str, Any]


class BodyParser(Parser):
    """Parse bodies as JSON, whatever their content type."""

    def parse_body(self, request: HttpRequest) -> DictStrAny:
        """Return what a body says; a form's says nothing. Raises ValueError."""
        return {} if request.content_type == "multipart/form-data" else super().parse_body(request)


class Api(NinjaAPI):
    """Make the description once: it takes a second, and stays the same."""

    _description: OpenAPISchema | None = None

    def get_openapi_schema(self, **place: Any) -> OpenAPISchema:
        if self._description is None:
            self._description = super().get_openapi_schema(**place)
        return self._description


# docs_url: Swagger's page would load its scripts from another site; api/docs.py has one of our own.
api = Api(
    title="Drydock",
    version="1",
    description="Courses, sandboxes with machines, and graded exercises (docs/api.md).",
    auth=AUTH,
    throttle=[CALLS],
    docs_url=None,
    parser=BodyParser(),
    urls_namespace="api",
)
add_error_handlers(api)
api.add_router("", port_router)

READ_ERRORS = frozenset({401, 404, 429})
CHANGE_ERRORS = READ_ERRORS | {400, 403, 409, 411, 413, 422, 503}
ONCE: Json = {"parameters": [PARAMETER]}
EXERCISE = "/exercises/{slug:course}/{slug:lesson}/{slug:exercise}"
LESSON_KEY = re.compile(r"([-a-zA-Z0-9_]+)/([-a-zA-Z0-9_]+)")


def responses(schema: type, errors: frozenset[int] = READ_ERRORS) -> dict[int, Any]:
    """List what an operation may answer, for `response=`."""
    return {200: schema, **dict.fromkeys(sorted(errors), schemas.ErrorBody)}


SANDBOX_CHANGE: Json = {
    "response": responses(schemas.Sandbox, CHANGE_ERRORS),
    "openapi_extra": ONCE,
    "tags": ["Sandboxes"],
}


@api.get("/courses", response=responses(schemas.Courses), tags=["Lessons"])
def list_courses(request: HttpRequest) -> Json:
    """List all courses with their lessons."""
    return {"courses": payloads.courses_payload(user_of(request))}


@api.get(
    "/lessons/{slug:course}/{slug:lesson}",
    response=responses(schemas.Lesson),
    exclude_unset=True,
    tags=["Lessons"],
)
def show_lesson(request: HttpRequest, course: str, lesson: str) -> Json:
    """Read a lesson's text and exercises.

    Where students' exercises differ, they come with your own values.
    """
    user = user_of(request)
    return payloads.lesson_payload(get_lesson_or_404(user, course, lesson), user)


@api.get("/progress", response=responses(schemas.Progress), tags=["Exercises"])
def show_progress(request: HttpRequest) -> Json:
    """Read what you have passed and earned."""
    return payloads.progress_payload(user_of(request))


@api.post("/sandboxes", **SANDBOX_CHANGE)
@once
def create_sandbox(request: HttpRequest, body: schemas.SandboxRequest) -> Json:
    """Get your sandbox for a lesson: the live one, or a new one.

    A new one is ready at once when a pooled machine is free.
    """
    user = user_of(request)
    lesson = lesson_of(body.lesson, user)
    if not lesson.machines:
        raise BadRequest("no-machines", "This lesson needs no machine.")
    return sandbox_payload(request_sandbox_within_limits(user=user, lesson=lesson))


@api.get("/sandboxes/{uuid:sandbox_id}", response=responses(schemas.Sandbox), tags=["Sandboxes"])
def show_sandbox(request: HttpRequest, sandbox_id: UUID) -> Json:
    """Read a sandbox's state, place in the queue and machines."""
    return sandbox_payload(get_visible_sandbox_or_404(user_of(request), sandbox_id))


@api.get(
    "/sandboxes/{uuid:sandbox_id}/activity",
    response=responses(schemas.Activity),
    tags=["Sandboxes"],
)
def show_activity(request: HttpRequest, sandbox_id: UUID) -> Json:
    """Read what happened lately in a sandbox's machines, at most 100 events for each.

    What is new comes as an event `machine-event`.
    """
    sandbox = get_visible_sandbox_or_404(user_of(request), sandbox_id)
    machines = sandbox.machines.filter(state__in=Machine.ACTIVE_STATES)
    machine_ids = [str(machine_id) for machine_id in machines.values_list("pk", flat=True)]
    return {"events": recent_messages(machine_ids)}


@api.delete(
    "/sandboxes/{uuid:sandbox_id}",
    response=responses(schemas.Sandbox, CHANGE_ERRORS),
    tags=["Sandboxes"],
)
def delete_sandbox(request: HttpRequest, sandbox_id: UUID) -> Json:
    """Give the machines back; the home folder is kept. Ending it twice is no error."""
    return sandbox_payload(
        end_sandbox(sandbox=get_own_sandbox_or_404(user_of(request), sandbox_id))
    )


@api.post("/sandboxes/{uuid:sandbox_id}/reset", **SANDBOX_CHANGE)
@once
def reset(request: HttpRequest, sandbox_id: UUID) -> Json:
    """Get fresh machines; everything in the old ones is lost."""
    sandbox = get_own_sandbox_or_404(user_of(request), sandbox_id)
    scripts = setup_scripts_for(sandbox.user_id, sandbox.lesson_key)
    return sandbox_payload(reset_sandbox(sandbox=sandbox, setup_scripts=scripts))


@api.post("/sandboxes/{uuid:sandbox_id}/extend", **SANDBOX_CHANGE)
@once
def extend(request: HttpRequest, sandbox_id: UUID) -> Json:
    """Keep a sandbox for longer."""
    sandbox = get_own_sandbox_or_404(user_of(request), sandbox_id)
    return sandbox_payload(extend_sandbox(sandbox=sandbox))


@api.post("/sandboxes/{uuid:sandbox_id}/wake", **SANDBOX_CHANGE)
@once
def wake(request: HttpRequest, sandbox_id: UUID) -> Json:
    """Start a parked sandbox again."""
    sandbox = get_own_sandbox_or_404(user_of(request), sandbox_id)
    return sandbox_payload(wake_sandbox(sandbox=sandbox))


@api.post("/sandboxes/{uuid:sandbox_id}/stay", **SANDBOX_CHANGE)
@once
def stay(request: HttpRequest, sandbox_id: UUID) -> Json:
    """Keep a sandbox from being parked, as typing in it does."""
    sandbox = get_own_sandbox_or_404(user_of(request), sandbox_id)
    return sandbox_payload(keep_sandbox_awake(sandbox=sandbox))


@api.post("/sandboxes/{uuid:sandbox_id}/prepare", **SANDBOX_CHANGE)
@once
def prepare(request: HttpRequest, sandbox_id: UUID) -> Json:
    """Run the setup scripts that failed once more.

    Machines and processes stay as they are.
    """
    sandbox = get_own_sandbox_or_404(user_of(request), sandbox_id)
    scripts = setup_scripts_for(sandbox.user_id, sandbox.lesson_key)
    return sandbox_payload(retry_setup(sandbox=sandbox, setup_scripts=scripts))


@api.post(
    f"{EXERCISE}/submissions",
    response=responses(schemas.Submission, CHANGE_ERRORS),
    exclude_unset=True,
    openapi_extra=ONCE,
    tags=["Exercises"],
)
@once
def create_submission(
    request: HttpRequest,
    course: str,
    lesson: str,
    exercise: str,
    body: schemas.SubmissionRequest | None = None,
) -> Json:
    """Submit an exercise as your machine stands now, or the answers to a quiz.

    While a submission is under way you get that one. A quiz is graded at once.
    """
    user = user_of(request)
    assignment = assign(get_exercise_or_404(user, course, lesson, exercise), user)
    submission = submit(
        assignment=assignment,
        sandbox=live_sandbox(user, assignment.exercise.lesson.key),
        answers=body.answers if body else None,
    )
    return submission_payload(submission, assignment)


# The path and the event are called as they have been since version 0.1.
@api.post(
    f"{EXERCISE}/looks",
    response=responses(schemas.AutoCheck, CHANGE_ERRORS),
    openapi_extra=ONCE,
    tags=["Exercises"],
)
@once
def create_auto_check(request: HttpRequest, course: str, lesson: str, exercise: str) -> Json:
    """Have an exercise checked without submitting it.

    Which checks hold comes as an event `look`. Nothing is stored unless all of them hold: then it
    is, as a submission. How often you may ask is bounded; `retry_after` says when to ask again.
    """
    user = user_of(request)
    assignment = assign(get_exercise_or_404(user, course, lesson, exercise), user)
    sandbox = live_sandbox(user, assignment.exercise.lesson.key)
    return asdict(request_auto_check(assignment=assignment, sandbox=sandbox))


@api.post(
    f"{EXERCISE}/hints",
    response=responses(schemas.Hints, CHANGE_ERRORS),
    openapi_extra=ONCE,
    tags=["Exercises"],
)
@once
def open_hint(
    request: HttpRequest, course: str, lesson: str, exercise: str, body: schemas.HintRequest
) -> Json:
    """Open a hint.

    Open those before it first; opening it again is no error and costs nothing.
    """
    user = user_of(request)
    assignment = assign(get_exercise_or_404(user, course, lesson, exercise), user)
    return {"hints": hints_after_opening(assignment, number=body.number)}


@api.get(
    f"{EXERCISE}/solution",
    response=responses(schemas.Solution, READ_ERRORS | {409}),
    tags=["Exercises"],
)
def show_solution(request: HttpRequest, course: str, lesson: str, exercise: str) -> Json:
    """Read the script that solves the exercise, once its author lets you see it.

    That is after a pass, or after enough attempts.
    """
    user = user_of(request)
    assignment = assign(get_exercise_or_404(user, course, lesson, exercise), user)
    return {"html": solution_html(assignment)}


@api.get(
    f"{EXERCISE}/predictions",
    response=responses(schemas.Predictions),
    by_alias=True,
    tags=["Exercises"],
)
def show_predictions(request: HttpRequest, course: str, lesson: str, exercise: str) -> Json:
    """Read what you have predicted and measured, and how the class has done."""
    user = user_of(request)
    assignment = assign(get_exercise_or_404(user, course, lesson, exercise), user)
    return {"predictions": comparison(assignment)}


@api.post(
    f"{EXERCISE}/predictions",
    response=responses(schemas.Predictions, CHANGE_ERRORS),
    by_alias=True,
    openapi_extra=ONCE,
    tags=["Exercises"],
)
@once
def create_prediction(
    request: HttpRequest,
    course: str,
    lesson: str,
    exercise: str,
    body: schemas.PredictionRequest,
) -> Json:
    """Commit to a prediction. The same again changes nothing; another one is refused."""
    user = user_of(request)
    assignment = assign(get_exercise_or_404(user, course, lesson, exercise), user)
    predict(assignment, key=body.prediction, value=body.value)
    return {"predictions": comparison(assignment)}


@api.get(
    "/submissions/{uuid:submission_id}",
    response=responses(schemas.Submission),
    exclude_unset=True,
    tags=["Exercises"],
)
def show_submission(request: HttpRequest, submission_id: UUID) -> Json:
    """Read a submission's state, its score and the result of each check."""
    return submission_payload(get_submission_or_404(user_of(request), submission_id))


def lesson_of(key: str, user: User) -> Lesson:
    """Load the lesson "course/lesson", a draft only for those who teach. Raises Http404."""
    match = LESSON_KEY.fullmatch(key)
    if match is None:
        raise Http404
    return get_lesson_or_404(user, match[1], match[2])
