"""Keep pages that machines serve, and other sites', from asking the platform for anything."""

from collections.abc import Awaitable, Callable
from typing import Any

from ports.names import header, is_ports_origin

Scope = dict[str, Any]
Application = Callable[[Scope, Any, Any], Awaitable[None]]

MESSAGE = b"Only this site's own pages may ask for this."


class OnlyOwnPages:
    """Refuse what a page of another origin loads or sends; opening an address is allowed.

    A browser sends this site's cookies along with requests from every name of the same domain, so
    also from the page of a machine. Answers can't be read there, and forms are compared by Django;
    this refuses both before anything looks at the cookies, whatever origins an operator trusts.
    """

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        if not is_foreign(scope):
            await self._application(scope, receive, send)
            return
        kind = "websocket.http.response" if scope["type"] == "websocket" else "http.response"
        headers = [
            (b"content-type", b"text/plain"),
            (b"content-length", str(len(MESSAGE)).encode()),
        ]
        await send({"type": f"{kind}.start", "status": 403, "headers": headers})
        await send({"type": f"{kind}.body", "body": MESSAGE})


def is_foreign(scope: Scope) -> bool:
    """Whether a page of another origin asks, as its browser says."""
    headers = scope["headers"]
    if is_ports_origin(header(headers, b"origin")):
        return True
    site, mode = header(headers, b"sec-fetch-site"), header(headers, b"sec-fetch-mode")
    return scope["type"] == "http" and site in ("same-site", "cross-site") and mode != "navigate"
