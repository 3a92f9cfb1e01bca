"""The edge of everything below /api/, as Django middleware: bodies have bounds, and every error has the API's shape,
whoever made it (a missing route, a wrong method, a wrong host, a crash)."""

import json
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from api.errors import BY_STATUS, Answer, explain_status

Handler = Callable[[HttpRequest], HttpResponse]

PREFIX = "/api/"
BODY_MAX_BYTES = 64 * 1024


def api_edge(get_response: Handler) -> Handler:
    """Middleware, before all others that may answer with an error."""

    def handle(request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(PREFIX):
            return get_response(request)
        refusal = _refusal(request)
        return refusal.response() if refusal else _in_shape(get_response(request))

    return handle


def _refusal(request: HttpRequest) -> Answer | None:
    """Of a body that is too large, or of unknown length, before it is read."""
    length = request.META.get("CONTENT_LENGTH") or ""
    if length.isascii() and length.isdigit():
        return BY_STATUS[413] if int(length[:20]) > BODY_MAX_BYTES else None
    return BY_STATUS[411] if length or "HTTP_TRANSFER_ENCODING" in request.META else None


def _in_shape(response: HttpResponse) -> HttpResponse:
    """An error's page becomes JSON; headers such as Allow stay."""
    if response.status_code < 400 or response.streaming or _is_json(response):
        return response
    response.content = json.dumps(explain_status(response.status_code).body).encode()
    response["Content-Type"] = "application/json"
    if response.has_header("Content-Length"):
        response["Content-Length"] = str(len(response.content))
    return response


def _is_json(response: HttpResponse) -> bool:
    return str(response.get("Content-Type", "")).startswith("application/json")
