"""Let a browser's websockets in from this site's own pages alone.

The whole origin counts, scheme and port too, as for Django's CSRF check: a page of another port of
the same host is another site's, though it gets the same cookies.
"""

from collections.abc import Awaitable, Callable
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

from channels.security.websocket import WebsocketDenier
from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.core.handlers.asgi import ASGIRequest
from django.utils.http import is_same_domain

Scope = dict[str, Any]
Application = Callable[[Scope, Any, Any], Awaitable[None]]

HTTP_SCHEMES = {"ws": "http", "wss": "https"}


class OnlyFromOwnPages:
    """Deny websockets whose Origin is neither this site's nor a trusted one; ASGI middleware."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        application = self._application if is_own_page(scope) else WebsocketDenier()
        await application(scope, receive, send)


def is_own_page(scope: Scope) -> bool:
    """Whether the handshake comes from a page of this site; a browser always says from where."""
    origins = [value for name, value in scope["headers"] if name.lower() == b"origin"]
    if len(origins) != 1:
        return False
    origin = origins[0].decode("latin-1").lower()
    return origin == own_origin(scope) or is_trusted(origin)


def own_origin(scope: Scope) -> str:
    """Return the origin that the handshake was sent to; empty for a host that is not ours.

    Django decides about hosts, and about the scheme behind a proxy, as for every page.
    """
    scheme = HTTP_SCHEMES.get(scope.get("scheme", "ws"), "http")
    request = ASGIRequest({**scope, "type": "http", "method": "GET", "scheme": scheme}, BytesIO())
    try:
        return f"{request.scheme}://{request.get_host()}".lower()
    except DisallowedHost:
        return ""


def is_trusted(origin: str) -> bool:
    """Whether CSRF_TRUSTED_ORIGINS has this origin, itself or by a `*` for its first names."""
    try:
        here = urlsplit(origin)
    except ValueError:
        return False
    for trusted in map(urlsplit, settings.CSRF_TRUSTED_ORIGINS):
        if here.scheme == trusted.scheme and (
            here.netloc == trusted.netloc
            or (
                trusted.netloc.startswith("*")
                and is_same_domain(here.netloc, trusted.netloc.lstrip("*"))
            )
        ):
            return True
    return False
