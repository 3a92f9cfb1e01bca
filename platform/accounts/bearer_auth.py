"""Accept API tokens at websockets: `Authorization: Bearer …` in place of a cookie."""

import re
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from channels.db import database_sync_to_async
from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from accounts.tokens import user_of_token

Scope = dict[str, Any]
Application = Callable[[Scope, Any, Any], Awaitable[None]]

# The characters that a bearer token may have (https://www.rfc-editor.org/rfc/rfc6750#section-2.1).
TOKEN_CHARACTERS = re.compile(r"[A-Za-z0-9._~+/-]{1,200}=*")


class TokenOrSession:
    """Send websockets with a bearer token to `application`, all others to `session`.

    An ASGI application. `session` reads the cookie and checks the origin. With a token the origin
    is of no interest: a browser sends no such header on behalf of a foreign page. A wrong token
    signs nobody in, even beside a good cookie. `user_now` in the scope says later whose it still is
    (accounts/websocket_auth.py).
    """

    def __init__(self, application: Application, *, session: Application) -> None:
        self._application = application
        self._session = session

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        raw = bearer_token(scope["headers"])
        if raw is None:
            await self._session(scope, receive, send)
            return
        user = await database_sync_to_async(user_of_bearer)(raw)
        own = {
            "user": user or AnonymousUser(),
            "user_now": lambda: user_of_bearer(raw),
        }
        await self._application({**scope, **own}, receive, send)


def user_of_bearer(raw: str) -> User | None:
    """Return the token's user; None without one."""
    return user_of_token(raw) if TOKEN_CHARACTERS.fullmatch(raw) else None


def bearer_token(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """Return the token among an ASGI scope's headers; None without one."""
    for name, value in headers:
        scheme, _, raw = value.decode("latin-1").partition(" ")
        if name.lower() == b"authorization" and scheme.lower() == "bearer":
            return raw.strip()
    return None
