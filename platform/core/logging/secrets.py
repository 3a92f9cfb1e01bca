"""Keep addresses out of the logs.

Paths hold keys of password resets and invitations, queries hold whatever a client put there,
tokens included. What is logged of a request is its route (core/logging/request_log.py).
"""

import logging
from typing import Any

from django.conf import settings
from django.http import HttpRequest

# Writes "WebSocket /path?query" for each websocket (uvicorn/protocols/websockets).
UVICORN = "uvicorn"


def route_of(request: HttpRequest) -> str:
    """Return the pattern that an address matched.

    Static files are answered before any is looked for.
    """
    if match := request.resolver_match:
        return f"/{match.route}"
    return "(static file)" if request.path.startswith(settings.STATIC_URL) else "(no such page)"


class SecretFilter(logging.Filter):
    """Rewrite the lines of Django and uvicorn that name an address."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        if isinstance(request, HttpRequest):
            record.args = change_texts(record.args, lambda text: hide_path(text, request))
        elif record.name.startswith(UVICORN):
            record.args = change_texts(record.args, lambda text: text.partition("?")[0])
        return True


def change_texts(args: Any, change: Any) -> Any:
    """Return a record's arguments with every text changed."""
    if not isinstance(args, tuple):
        return args
    return tuple(change(arg) if isinstance(arg, str) else arg for arg in args)


def hide_path(text: str, request: HttpRequest) -> str:
    return route_of(request) if text.startswith(request.path) else text
