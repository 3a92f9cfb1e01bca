"""End websockets that would not be let in any more.

What is open is what is allowed: whatever decided about a handshake is asked again after every
change of its user (sign-out, password, role, rights, a token, an account that is switched off or
deleted), and once a minute. `publish_change` tells every web process through the channel layer; a
message lost with Redis costs that minute. Nothing stands in the way of a frame: the watching is a
task beside the application's own.
"""

import asyncio
import contextlib
import hashlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from asgiref.sync import async_to_sync
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction
from django.utils.crypto import constant_time_compare

from accounts.models import User

logger = logging.getLogger(__name__)

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

RECHECK_SECONDS = 60.0


@dataclass(frozen=True)
class Refusal:
    """Close a websocket that may not stay: with this code, and a word for programs."""

    code: int
    reason: str


# The close code that pages know as "please sign in" (docs/terminal-protocol.md).
SIGN_IN = Refusal(4001, "sign-in")
# What an application appends to `scope["decisions"]`: its own decision, for the user as they are
# now. None lets them stay.
Decision = Callable[[User], Refusal | None]


def publish_change(*, user_id: int, session_key: str = "") -> None:
    """Let the user's websockets check whether they may stay, once this is committed.

    Those of a session that ends are closed at once.
    """
    message = {"type": "sign.in.changed", "session": fingerprint(session_key)}
    transaction.on_commit(lambda: send_change(user_id, message))


def send_change(user_id: int, message: dict[str, str]) -> None:
    try:
        async_to_sync(get_channel_layer().group_send)(group_name(user_id), message)
    # The layer raises whatever its client library raises; a minute is all we lose.
    except Exception:
        logger.warning("websockets of user %s were not told of a change", user_id, exc_info=True)


def user_of_session(user_id: int, session_key: str) -> User | None:
    """Return the user whose session this is, if it was made with the present password.

    Takes two queries.
    """
    session = SessionStore(session_key)
    if session.get(SESSION_KEY) != str(user_id):
        return None
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None or not constant_time_compare(
        session.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash()
    ):
        return None
    return user


class EndWhenRefused:
    """Close a websocket when it would not be let in any more.

    ASGI middleware between authentication and the websocket applications. One that was let in
    without a session, by a token, has the token's user in `scope["user_now"]`, a plain function. An
    application that decides more than who is signed in appends to `scope["decisions"]`.
    """

    def __init__(self, app: Application) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["decisions"] = []
        if not scope["user"].is_authenticated:
            await self._app(scope, receive, send)
            return
        sender = ClosingSender(send)
        serving = asyncio.ensure_future(self._app(scope, receive, sender.send))
        watching = asyncio.ensure_future(wait_for_refusal(scope))
        try:
            await asyncio.wait((serving, watching), return_when=asyncio.FIRST_COMPLETED)
        finally:
            ended = not serving.done()
            await cancel_and_wait(watching, serving)
        if ended:
            await sender.close(watching.result())
        else:
            serving.result()


async def cancel_and_wait(*tasks: "asyncio.Future[Any]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


class ClosingSender:
    """Send to the client, and close unless the application has."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._closed = False

    async def send(self, message: dict[str, Any]) -> None:
        if message["type"] == "websocket.close":
            self._closed = True
        await self._send(message)

    async def close(self, refusal: Refusal) -> None:
        if self._closed:
            return
        try:
            await self._send(
                {"type": "websocket.close", "code": refusal.code, "reason": refusal.reason}
            )
        except OSError:  # ASGI 2.4: it has left
            logger.debug("a client left before it was told %s", refusal.reason)


async def wait_for_refusal(scope: Scope) -> Refusal:
    """Return why this websocket must be closed, once it must."""
    session_key = getattr(scope.get("session"), "session_key", None) or ""
    listener = ChangeListener(scope["user"].pk)
    try:
        while True:
            session = await listener.listen(RECHECK_SECONDS)
            if session_key and session == fingerprint(session_key):
                return SIGN_IN
            decide = database_sync_to_async(refusal_now)
            refusal: Refusal | None = await decide(scope, session_key)
            if refusal is not None:
                return refusal
    finally:
        await listener.stop()


def refusal_now(scope: Scope, session_key: str) -> Refusal | None:
    """Decide about an open websocket as about a new one; None lets it stay."""
    if "user_now" in scope:
        user: User | None = scope["user_now"]()
    else:
        user = user_of_session(scope["user"].pk, session_key)
    if user is None:
        return SIGN_IN
    decisions: list[Decision] = scope["decisions"]
    return next(filter(None, (decide(user) for decide in decisions)), None)


class ChangeListener:
    """Listen for one user's changes.

    A channel whose `receive` is cancelled is forgotten by the layer, so one always goes on until
    `stop`.
    """

    def __init__(self, user_id: int) -> None:
        self._layer = get_channel_layer()
        self._group = group_name(user_id)
        self._channel = ""
        self._next = asyncio.create_task(self._receive())

    async def listen(self, seconds: float) -> str:
        """Return the fingerprint of the session that a message names.

        Empty when it names none or the time is over.
        """
        done, _ = await asyncio.wait((self._next,), timeout=seconds)
        if not done:
            return ""
        received, self._next = self._next, asyncio.create_task(self._receive())
        return received.result()

    async def _receive(self) -> str:
        try:
            if not self._channel:
                self._channel = await self._layer.new_channel()
                await self._layer.group_add(self._group, self._channel)
            message: dict[str, str] = await self._layer.receive(self._channel)
        except Exception:  # as above: whatever the layer's client raises
            logger.warning("not listening for sign-outs for a minute", exc_info=True)
            self._channel = ""
            await asyncio.sleep(RECHECK_SECONDS)
            return ""
        return message["session"]

    async def stop(self) -> None:
        self._next.cancel()
        await asyncio.gather(self._next, return_exceptions=True)
        if self._channel:
            with contextlib.suppress(Exception):  # as above
                await self._layer.group_discard(self._group, self._channel)


def group_name(user_id: int) -> str:
    return f"sign-in.{user_id}"


def fingerprint(session_key: str) -> str:
    """Return what tells sessions apart without carrying their keys about."""
    return hashlib.sha256(session_key.encode()).hexdigest()[:16] if session_key else ""
