"""Guard everything below /api/: bound bodies, and give every error the API's shape.

All errors have one shape: those of a missing route, a wrong method, a wrong host and a crash.
"""

import json
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from api.errors import BY_STATUS, ErrorReply, explain_status
from core.budgets import STRANGER

Handler = Callable[[HttpRequest], HttpResponse]

PREFIX = "/api/"


def guard_api(get_response: Handler) -> Handler:
    """Make the middleware; it stands before all others that may answer with an error."""

    def handle(request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(PREFIX):
            return get_response(request)
        refusal = refuse_body(request)
        return refusal.response() if refusal else shape_error(get_response(request))

    return handle


def refuse_body(request: HttpRequest) -> ErrorReply | None:
    """Refuse a body that is too large, or of unknown length, before it is read."""
    length = request.META.get("CONTENT_LENGTH") or ""
    if length.isascii() and length.isdigit():
        return BY_STATUS[413] if int(length[:20]) > STRANGER.form_bytes else None
    return BY_STATUS[411] if length or "HTTP_TRANSFER_ENCODING" in request.META else None


def shape_error(response: HttpResponse) -> HttpResponse:
    """Turn an error's page into JSON; headers such as Allow stay."""
    is_json = str(response.get("Content-Type", "")).startswith("application/json")
    if response.status_code < 400 or response.streaming or is_json:
        return response
    response.content = json.dumps(explain_status(response.status_code).body).encode()
    response["Content-Type"] = "application/json"
    if response.has_header("Content-Length"):
        response["Content-Length"] = str(len(response.content))
    return response
