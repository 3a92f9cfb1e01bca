"""The HTTP API below /api/: JSON, by the session's cookie and CSRF token. Errors are {"error": {"code", "message"}}."""

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import NinjaAPI, Schema
from ninja.security import django_auth
from pydantic import StringConstraints

from grading.submissions import submission_payload, submit
from learn import queries
from learn.access import (
    get_exercise_or_404,
    get_lesson_or_404,
    get_own_sandbox_or_404,
    get_submission_or_404,
    get_visible_sandbox_or_404,
    user_of,
)
from learn.api_errors import BadRequest, add_error_handlers
from sandboxes.lifecycle import end_sandbox, extend_sandbox, request_sandbox, reset_sandbox, wake_sandbox
from sandboxes.queries import live_sandbox, sandbox_payload

Json = dict[str, Any]

# Swagger's page would load its scripts from another site, so there is none; the schema is at /api/openapi.json.
api = NinjaAPI(title="Drydock", version="1", auth=django_auth, docs_url=None, urls_namespace="api")
add_error_handlers(api)


class SandboxRequest(Schema):
    """`lesson` is "course/lesson"."""

    # Databases refuse some characters that JSON can carry, NUL and half surrogates among them.
    lesson: Annotated[str, StringConstraints(pattern=r"^[ -~]*$", max_length=200)]


@api.get("/courses")
def list_courses(request: HttpRequest) -> Json:
    """All courses with their lessons."""
    return {"courses": queries.courses_payload()}


@api.get("/lessons/{slug:course}/{slug:lesson}")
def show_lesson(request: HttpRequest, course: str, lesson: str) -> Json:
    """A lesson's text and exercises."""
    return queries.lesson_payload(get_lesson_or_404(course, lesson))


@api.get("/progress")
def show_progress(request: HttpRequest) -> Json:
    """What the user has passed and earned."""
    return queries.progress_payload(user_of(request))


@api.post("/sandboxes")
def create_sandbox(request: HttpRequest, wanted: SandboxRequest) -> Json:
    """The user's sandbox for a lesson: the live one, or a new one, ready at once when a warm machine is free."""
    course, _, slug = wanted.lesson.partition("/")
    lesson = get_lesson_or_404(course, slug)
    if not lesson.machines:
        raise BadRequest("no-machines", "This lesson is done without a machine.")
    sandbox = request_sandbox(user=user_of(request), lesson_key=lesson.key, machines=lesson.machines)
    return sandbox_payload(sandbox)


@api.get("/sandboxes/{uuid:sandbox_id}")
def show_sandbox(request: HttpRequest, sandbox_id: UUID) -> Json:
    """Its state, place in the queue and machines."""
    return sandbox_payload(get_visible_sandbox_or_404(user_of(request), sandbox_id))


@api.delete("/sandboxes/{uuid:sandbox_id}")
def delete_sandbox(request: HttpRequest, sandbox_id: UUID) -> Json:
    """Give the machines back; the home folder is kept."""
    return sandbox_payload(end_sandbox(sandbox=get_own_sandbox_or_404(user_of(request), sandbox_id)))


@api.post("/sandboxes/{uuid:sandbox_id}/reset")
def reset(request: HttpRequest, sandbox_id: UUID) -> Json:
    """Fresh machines; everything in the old ones is lost."""
    return sandbox_payload(reset_sandbox(sandbox=get_own_sandbox_or_404(user_of(request), sandbox_id)))


@api.post("/sandboxes/{uuid:sandbox_id}/extend")
def extend(request: HttpRequest, sandbox_id: UUID) -> Json:
    """Keep it for longer."""
    return sandbox_payload(extend_sandbox(sandbox=get_own_sandbox_or_404(user_of(request), sandbox_id)))


@api.post("/sandboxes/{uuid:sandbox_id}/wake")
def wake(request: HttpRequest, sandbox_id: UUID) -> Json:
    """Start a parked one again."""
    return sandbox_payload(wake_sandbox(sandbox=get_own_sandbox_or_404(user_of(request), sandbox_id)))


@api.post("/exercises/{slug:course}/{slug:lesson}/{slug:exercise}/submissions")
def create_submission(request: HttpRequest, course: str, lesson: str, exercise: str) -> Json:
    """Check an exercise as the user's machine stands now."""
    user = user_of(request)
    wanted = get_exercise_or_404(course, lesson, exercise)
    sandbox = live_sandbox(user, wanted.lesson.key)
    return submission_payload(submit(user=user, exercise=wanted, sandbox=sandbox))


@api.get("/submissions/{uuid:submission_id}")
def show_submission(request: HttpRequest, submission_id: UUID) -> Json:
    """Its state, score, and what each check found."""
    return submission_payload(get_submission_or_404(user_of(request), submission_id))
