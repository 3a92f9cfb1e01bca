"""Explain what goes wrong in the API, as JSON in one shape.

It is {"error": {"code", "message"}}. Students read the messages.
"""

import itertools
import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from core.specs.error_messages import union_message
from grading.errors import (
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
from questions.errors import BadAnswers
from sandboxes.errors import LifetimeReached, SandboxError, WrongState

NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class ApiError(Exception):
    """Base of this API's own errors; `str()` is the message."""

    status = 400
    code = "bad-request"


class BadRequest(ApiError):
    """Raised when a request makes no sense: 400."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class BadToken(ApiError):
    """Raised when a bearer token belongs to nobody."""

    status, code = 401, "bad-token"

    def __init__(self) -> None:
        super().__init__(
            "This token is unknown or was revoked. Make a new one on your profile page."
        )


class KeyReused(ApiError):
    """Raised when an Idempotency-Key comes with two different calls."""

    status, code = 409, "key-reused"

    def __init__(self) -> None:
        super().__init__(
            "This Idempotency-Key was used for another call. Use a new key for every new call."
        )


class KeyBusy(ApiError):
    """Raised while another call with this Idempotency-Key is under way."""

    status, code = 409, "key-busy"

    def __init__(self) -> None:
        super().__init__(
            "Another call with this Idempotency-Key is under way. Try again in a moment."
        )


class TooManySandboxes(ApiError):
    """Raised when a user has as many sandboxes as one person may have."""

    status, code = 409, "too-many-sandboxes"


class ErrorReply(NamedTuple):
    """Hold an HTTP status, what the body says, and headers that go with it."""

    status: int
    code: str
    message: str
    headers: Mapping[str, str] = NO_HEADERS

    @property
    def body(self) -> dict[str, Any]:
        """Return the body, which has one shape for every error."""
        return {"error": {"code": self.code, "message": self.message}}

    def response(self) -> JsonResponse:
        """Make the response that Django sends."""
        return JsonResponse(self.body, status=self.status, headers=dict(self.headers))


SIGN_IN = (
    "Sign in first, or send a personal token as the header `Authorization: Bearer TOKEN`. "
    "Your profile page makes tokens, and so does `manage.py create_token USER`."
)
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="drydock"'}

# The reply to a status when nothing more is known.
BY_STATUS = {
    reply.status: reply
    for reply in (
        ErrorReply(400, "bad-request", "The request can't be read."),
        ErrorReply(401, "sign-in", SIGN_IN, CHALLENGE),
        ErrorReply(403, "stale", "This page has gone stale. Reload it and try again."),
        ErrorReply(404, "not-found", "This does not exist, or it isn't yours."),
        ErrorReply(
            405, "wrong-method", "This address doesn't accept that method; see the Allow header."
        ),
        ErrorReply(411, "length-required", "Send the body with a Content-Length."),
        ErrorReply(413, "too-large", "The body is too large; 64 KiB are allowed."),
        ErrorReply(
            429,
            "too-fast",
            "You have sent too many requests in one minute. Wait as the Retry-After header says.",
        ),
        ErrorReply(500, "broken", "Something broke on our side. Try again in a moment."),
        ErrorReply(503, "unavailable", "Drydock can't do that just now. Try again in a moment."),
    )
}
# What pydantic puts behind a field's name for each type of its union.
UNION_TYPE = re.compile(r"(str|int|float|bool|none|list\[.*|dict\[.*|constrained-.*|function-.*)$")
IN_LIST = {"type": "list_of_texts", "msg": "must be a list of texts"}
BAD_JSON = ErrorReply(400, "bad-json", "The body is not JSON.")
# Errors of services, the most particular first.
SERVICE_ERRORS: dict[type[Exception], tuple[int, str]] = {
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
EXPLAINED: tuple[type[Exception], ...] = (
    Http404,
    ValidationError,
    HttpError,
    ApiError,
    *SERVICE_ERRORS,
)


def explain(error: Exception) -> ErrorReply:
    """Return the reply to an error of one of the kinds in EXPLAINED."""
    if isinstance(error, Http404):
        return BY_STATUS[404]
    if isinstance(error, ValidationError):
        return ErrorReply(422, "invalid", "; ".join(describe_faults(error.errors)))
    if isinstance(error, HttpError):
        # django-ninja's own: no user, no CSRF token, too fast, or a body that it can't parse, which
        # is the only 400.
        return BAD_JSON if error.status_code == 400 else explain_status(error.status_code)
    if isinstance(error, ApiError):
        return ErrorReply(
            error.status, error.code, str(error), CHALLENGE if error.status == 401 else NO_HEADERS
        )
    status, code = next(reply for kind, reply in SERVICE_ERRORS.items() if isinstance(error, kind))
    return ErrorReply(status, code, str(error))


def describe_faults(faults: Iterable[dict[str, Any]]) -> list[str]:
    """Describe the faults of a body, each with its field's name.

    A fault's `loc` is ("body", the view's parameter, the field …, a union's type if it is in one).
    What is none of a union's types is one fault.
    """
    by_field: dict[str, list[dict[str, Any]]] = {}
    for fault in faults:
        _body, _parameter, *location = fault["loc"]
        parts = list(itertools.takewhile(lambda part: not UNION_TYPE.match(str(part)), location))
        is_inside_list = str([*location, ""][len(parts)]).startswith("list")
        described = IN_LIST if is_inside_list else fault
        by_field.setdefault(".".join(map(str, parts)) or "body", []).append(described)
    return [f"{field}: {union_message(group)}" for field, group in by_field.items()]


def explain_status(status: int) -> ErrorReply:
    """Return the reply to a bare status from 400 up."""
    known = BY_STATUS.get(status) or BY_STATUS[500 if status >= 500 else 400]
    return known._replace(status=status)


def add_error_handlers(api: NinjaAPI) -> None:
    """Give every error the API's shape."""

    def handle(_request: HttpRequest, error: Any) -> HttpResponse:
        return explain(error).response()

    for kind in EXPLAINED:
        api.add_exception_handler(kind, handle)
