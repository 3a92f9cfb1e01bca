"""What goes wrong in the API, as JSON in one shape: {"error": {"code", "message"}}. Messages are fit for a student."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from grading.errors import (
    BadAnswers,
    DeadlinePassed,
    HintNotOpen,
    NoMoreAttempts,
    NotPrepared,
    PredictionMade,
    PredictionMissing,
    PredictionUnknown,
    PredictionUnlikely,
    SandboxNotReady,
    SolutionClosed,
)
from sandboxes.errors import LifetimeReached, SandboxError, WrongState

NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class ApiError(Exception):
    """Anything that this API itself objects to. `str()` is the message."""

    status = 400
    code = "bad-request"


class BadRequest(ApiError):
    """The request can't be meant: 400."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class BadToken(ApiError):
    """The bearer token is nobody's."""

    status, code = 401, "bad-token"

    def __init__(self) -> None:
        super().__init__("This token is unknown or was taken back. Make a new one on your profile page.")


class KeyReused(ApiError):
    """One Idempotency-Key, two different calls."""

    status, code = 409, "key-reused"

    def __init__(self) -> None:
        super().__init__("This Idempotency-Key was used for another call. Take a new key for every new call.")


class KeyBusy(ApiError):
    """A call with this Idempotency-Key is still under way."""

    status, code = 409, "key-busy"

    def __init__(self) -> None:
        super().__init__("Another call with this Idempotency-Key is still under way. Send this one again in a moment.")


class TooManySandboxes(ApiError):
    """As many as one user may have."""

    status, code = 409, "too-many-sandboxes"


class Answer(NamedTuple):
    """An HTTP status, what the body says, and headers that go with it."""

    status: int
    code: str
    message: str
    headers: Mapping[str, str] = NO_HEADERS

    @property
    def body(self) -> dict[str, Any]:
        """The one shape of every error."""
        return {"error": {"code": self.code, "message": self.message}}

    def response(self) -> JsonResponse:
        """As Django sends it."""
        return JsonResponse(self.body, status=self.status, headers=dict(self.headers))


_SIGN_IN = (
    "Sign in first, or send a personal token as the header `Authorization: Bearer TOKEN`. "
    "Your profile page makes tokens, and so does `manage.py create_token USER`."
)
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="drydock"'}

# What is said of a status when nothing more is known.
BY_STATUS = {
    answer.status: answer
    for answer in (
        Answer(400, "bad-request", "The request can't be read."),
        Answer(401, "sign-in", _SIGN_IN, _CHALLENGE),
        Answer(403, "stale", "This page has gone stale. Reload it and try again."),
        Answer(404, "not-found", "There is no such thing, or it isn't yours."),
        Answer(405, "wrong-method", "This address doesn't take that method; the Allow header names those it takes."),
        Answer(411, "length-required", "Send the body with a Content-Length."),
        Answer(413, "too-large", "The body is too large; 64 KiB are allowed."),
        Answer(429, "too-fast", "That was too much in one minute. Wait as long as the Retry-After header says."),
        Answer(500, "broken", "Something broke on our side. Try again in a moment."),
        Answer(503, "unavailable", "Drydock can't do that just now. Try again in a moment."),
    )
}
_BAD_JSON = Answer(400, "bad-json", "The body is not JSON.")
# Errors of services, the most particular first.
_SERVICE: dict[type[Exception], tuple[int, str]] = {
    NotPrepared: (409, "not-prepared"),
    SandboxNotReady: (409, "sandbox-not-ready"),
    BadAnswers: (422, "invalid"),
    NoMoreAttempts: (409, "no-more-attempts"),
    DeadlinePassed: (409, "deadline-passed"),
    HintNotOpen: (409, "hint-not-open"),
    SolutionClosed: (409, "solution-closed"),
    PredictionMissing: (409, "prediction-missing"),
    PredictionMade: (409, "prediction-made"),
    PredictionUnlikely: (422, "invalid"),
    PredictionUnknown: (404, "not-found"),
    LifetimeReached: (409, "lifetime-reached"),
    WrongState: (409, "wrong-state"),
    SandboxError: (503, "unavailable"),
}
EXPLAINED: tuple[type[Exception], ...] = (Http404, ValidationError, HttpError, ApiError, *_SERVICE)


def explain(error: Exception) -> Answer:
    """The answer to an error of one of the kinds in EXPLAINED."""
    if isinstance(error, Http404):
        return BY_STATUS[404]
    if isinstance(error, ValidationError):
        return Answer(422, "invalid", "; ".join(_fault(fault) for fault in error.errors))
    if isinstance(error, HttpError):
        return _explain_ninja(error)
    if isinstance(error, ApiError):
        return Answer(error.status, error.code, str(error), _CHALLENGE if error.status == 401 else NO_HEADERS)
    status, code = next(answer for kind, answer in _SERVICE.items() if isinstance(error, kind))
    return Answer(status, code, str(error))


def _fault(fault: dict[str, Any]) -> str:
    """One fault of a body, with the field's name. `loc` is ("body", the view's parameter, the field …)."""
    _body, _parameter, *field = fault["loc"]
    return f"{'.'.join(map(str, field)) or 'body'}: {fault['msg']}"


def _explain_ninja(error: HttpError) -> Answer:
    """django-ninja's own: no user, no CSRF token, too fast, or a body that it can't parse (the only 400)."""
    if error.status_code == 400:
        return _BAD_JSON
    return explain_status(error.status_code)


def explain_status(status: int) -> Answer:
    """The answer to a bare status from 400 up."""
    known = BY_STATUS.get(status) or BY_STATUS[500 if status >= 500 else 400]
    return known._replace(status=status)


def add_error_handlers(api: NinjaAPI) -> None:
    """Give every error our shape."""

    def handle(_request: HttpRequest, error: Any) -> HttpResponse:
        return explain(error).response()

    for kind in EXPLAINED:
        api.add_exception_handler(kind, handle)
