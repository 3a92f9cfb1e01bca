"""Refuse bodies that are too long or too slow, before Django writes any of them to a disk.

Django reads a whole body, into a temporary file from 2.5 MB on, before it looks at who sends it.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from channels.db import database_sync_to_async
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.http import parse_cookie

from accounts.websocket_auth import user_of_session
from core.budgets import AUTHOR, STRANGER

Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Any, Any], Awaitable[None]]

API, AUTHORS = "/api/", "/admin/"


class BodyRefused(Exception):
    """Refuse a body, with an HTTP status, a code for programs and words for people."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


class BoundedBodies:
    """Let bodies through to an HTTP application as far as they keep to the budget.

    A length that is announced is judged before a byte is read; bytes are counted in any case.
    """

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = RefusableAnswer(send)
        try:
            most = STRANGER.form_bytes
            length = announced_length(scope)
            if scope["path"].startswith(AUTHORS) and (length is None or length > most):
                most = await database_sync_to_async(most_for_author)(scope, most)
            if length is not None and length > most:
                raise too_long(most)
            await self._application(scope, CountedBody(receive, most).receive, answer.send)
        except BodyRefused as refusal:
            await answer.refuse(refusal, is_api=scope["path"].startswith(API))


class RefusableAnswer:
    """Pass an answer on, or refuse where none has begun."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._begun = False

    async def send(self, message: Message) -> None:
        self._begun = True
        await self._send(message)

    async def refuse(self, refusal: BodyRefused, *, is_api: bool) -> None:
        """Say why, and close the connection: the rest of the body is not read."""
        if self._begun:
            return
        content, kind = refusal.message.encode(), b"text/plain; charset=utf-8"
        if is_api:
            error = {"error": {"code": refusal.code, "message": refusal.message}}
            content, kind = json.dumps(error).encode(), b"application/json"
        headers = [
            (b"content-type", kind),
            (b"content-length", str(len(content)).encode()),
            (b"connection", b"close"),
        ]
        start = {"type": "http.response.start", "status": refusal.status, "headers": headers}
        await self._send(start)
        await self._send({"type": "http.response.body", "body": content})


class CountedBody:
    """Receive a body of at most `most` bytes, which comes without long pauses.

    What is received after the body, which can only be that the client has left, is waited for
    without end.
    """

    def __init__(self, receive: Receive, most: int) -> None:
        self._receive = receive
        self._most = most
        self._size = 0
        self._whole = False
        self._end = asyncio.get_running_loop().time() + STRANGER.body_seconds

    async def receive(self) -> Message:
        """Receive the next part. Raises BodyRefused."""
        if self._whole:
            return await self._receive()
        now = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout_at(min(self._end, now + STRANGER.body_pause_seconds)):
                message = await self._receive()
        except TimeoutError:
            raise BodyRefused(
                408, "too-slow", "The rest of what was sent did not come. Please send it again."
            ) from None
        self._whole = not message.get("more_body", False)
        self._size += len(message.get("body", b""))
        if self._size > self._most:
            raise too_long(self._most)
        return message


def too_long(most: int) -> BodyRefused:
    size = f"{most // 1024:,} KiB" if most < 1_000_000 else f"{most // 1_000_000:,} MB"
    message = f"This is too large: at most {size} can be sent here at once."
    return BodyRefused(413, "too-large", message)


def announced_length(scope: Scope) -> int | None:
    """Return the Content-Length; None where the length is not told, 0 where no body comes."""
    headers = dict(scope["headers"])
    if b"transfer-encoding" in headers:
        return None
    length = headers.get(b"content-length", b"0")
    return int(length[:20]) if length.isdigit() else 0  # h11 has refused any that is no number


def most_for_author(scope: Scope, otherwise: int) -> int:
    """Return the bytes that may be sent to the admin: more for staff who are signed in."""
    headers = dict(scope["headers"])
    cookies = parse_cookie(headers.get(b"cookie", b"").decode("latin-1"))
    key = cookies.get(settings.SESSION_COOKIE_NAME, "")
    user_id = SessionStore(key).get(SESSION_KEY) if key else None
    user = user_of_session(int(user_id), key) if user_id else None
    return AUTHOR.request_bytes if user and user.is_staff else otherwise
