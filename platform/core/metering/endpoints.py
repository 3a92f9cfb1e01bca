"""Serve websockets of a kind, so many of each user."""

from collections.abc import Awaitable, Callable
from typing import Any

from core.metering.sockets import NoPlaceLeft, take_place

Application = Callable[[Any, Any, Any], Awaitable[None]]
TOO_MANY = 4029  # the close code that pages know (docs/terminal-protocol.md)


def with_places(application: Application, *, kind: str, most: int) -> Application:
    """Return an application that closes a user's next websocket when `most` are open.

    Whoever is not signed in is left to `application`.
    """

    async def serve(scope: Any, receive: Any, send: Any) -> None:
        user = scope["user"]
        if not user.is_authenticated:
            await application(scope, receive, send)
            return
        try:
            async with take_place(kind, user.pk, most):
                await application(scope, receive, send)
        except NoPlaceLeft:
            await send({"type": "websocket.accept"})
            await send({"type": "websocket.close", "code": TOO_MANY, "reason": "too-many"})

    return serve
