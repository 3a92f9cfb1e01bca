"""Log one line for each request, and give all lines of a request one id."""

import logging
import re
import time
import uuid
from collections.abc import Callable
from functools import partial

from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject, empty

from core.logging import context
from core.logging.secrets import route_of

logger = logging.getLogger("drydock.request")
HEADER = "X-Request-ID"
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
# Monitoring requests them every few seconds; their lines would bury the others.
QUIET_PATHS = {"/healthz", "/readyz"}

Handler = Callable[[HttpRequest], HttpResponse]


def request_log(get_response: Handler) -> Handler:
    """Log requests; the outermost middleware.

    Takes the proxy's request id or makes one, and sends it back. What is logged of an address is
    the route, not the path: paths hold keys of password resets and invitations.
    """

    def handle(request: HttpRequest) -> HttpResponse:
        request_id, start = id_of(request), time.monotonic()
        with context.fresh(
            request_id=request_id,
            user_id=partial(user_id_of, request),
            sandbox_id=partial(sandbox_id_of, request),
        ):
            response = get_response(request)
            response[HEADER] = request_id
            log_request(request, response, (time.monotonic() - start) * 1000)
        return response

    return handle


def keep_in_one_thread(get_response: Handler) -> Handler:
    """Run all middleware in one thread by being synchronous; the innermost middleware.

    It does nothing else. Without it Django changes threads twice for each
    (django.core.handlers.base, load_middleware).
    """

    def handle(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    return handle


def id_of(request: HttpRequest) -> str:
    """Return the id that a proxy gave the request, if it looks like one, else a new one."""
    proxy_id = request.headers.get(HEADER, "")
    return proxy_id if REQUEST_ID.fullmatch(proxy_id) else uuid.uuid4().hex


def user_id_of(request: HttpRequest) -> int | None:
    """Return who asked, if the request has found that out anyway.

    Never a query for the log's sake.
    """
    user = getattr(request, "user", None)
    if isinstance(user, SimpleLazyObject) and user.__dict__.get("_wrapped") is empty:
        return None
    return None if user is None or user.is_anonymous else user.pk


def sandbox_id_of(request: HttpRequest) -> object:
    """Return the sandbox that the address names, if it names one."""
    match = request.resolver_match
    return match.kwargs.get("sandbox_id") if match else None


def log_request(request: HttpRequest, response: HttpResponse, milliseconds: float) -> None:
    if request.path_info in QUIET_PATHS and response.status_code < 500:
        return
    fields = {
        "method": request.method,
        "route": route_of(request),
        "status": response.status_code,
        "milliseconds": round(milliseconds, 1),
    }
    logger.info("%s %s %s %.1f ms", *fields.values(), extra=fields)
