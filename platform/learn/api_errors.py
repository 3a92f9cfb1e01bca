"""What goes wrong in the API, as JSON in one shape: {"error": {"code", "message"}}. Messages are fit for a student."""

from typing import Any, NamedTuple

from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from grading.errors import SandboxNotReady
from sandboxes.errors import LifetimeReached, SandboxError, WrongState


class BadRequest(Exception):
    """The request can't be meant: 400."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Answer(NamedTuple):
    """An HTTP status and what the body says."""

    status: int
    code: str
    message: str


_NOT_FOUND = Answer(404, "not-found", "There is no such thing, or it isn't yours.")
_HTTP = {
    401: Answer(401, "sign-in", "Sign in first."),
    403: Answer(403, "stale", "This page has gone stale. Reload it and try again."),
    404: _NOT_FOUND,
}
# Errors of services, the most particular first.
_SERVICE = {
    SandboxNotReady: (409, "sandbox-not-ready"),
    LifetimeReached: (409, "lifetime-reached"),
    WrongState: (409, "wrong-state"),
    SandboxError: (503, "unavailable"),
}


def explain(error: Exception) -> Answer:
    """The answer to an error of one of the kinds below."""
    if isinstance(error, Http404):
        return _NOT_FOUND
    if isinstance(error, ValidationError):
        return Answer(422, "invalid", "; ".join(f"{fault['loc'][-1]}: {fault['msg']}" for fault in error.errors))
    if isinstance(error, HttpError):
        return _HTTP.get(error.status_code, Answer(error.status_code, "refused", str(error)))
    if isinstance(error, BadRequest):
        return Answer(400, error.code, str(error))
    status, code = next(answer for kind, answer in _SERVICE.items() if isinstance(error, kind))
    return Answer(status, code, str(error))


def add_error_handlers(api: NinjaAPI) -> None:
    """Give every error our shape."""

    def handle(request: HttpRequest, error: Any) -> HttpResponse:
        answer = explain(error)
        body = {"error": {"code": answer.code, "message": answer.message}}
        return api.create_response(request, body, status=answer.status)

    for kind in (Http404, ValidationError, HttpError, BadRequest, *_SERVICE):
        api.add_exception_handler(kind, handle)
