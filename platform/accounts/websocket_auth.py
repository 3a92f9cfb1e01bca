"""End websockets whose sign-in has ended.

A sign-in ends with a sign-out, a new password, or an account that is switched off or deleted.
`publish_change` tells every web process through the channel layer; each websocket of that user
then checks whether its session still holds. A message lost with Redis costs time only: they check
once a minute anyway. Nothing stands in the way of a frame: the watching is a task beside the
application's own.
"""

import asyncio
import contextlib
import hashlib
import logging
from collections.abc import Awaitable, Callable
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

# The close code that pages know as "please sign in" (docs/terminal-protocol.md).
CLOSE_SIGN_IN = 4001
RECHECK_SECONDS = 60.0


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


def still_signed_in(user_id: int, session_key: str) -> bool:
    """Whether a session exists, is this user's, and was made with the present password.

    Takes two queries.
    """
    session = SessionStore(session_key)
    if session.get(SESSION_KEY) != str(user_id):
        return False
    user = User.objects.filter(pk=user_id, is_active=True).first()
    return user is not None and constant_time_compare(
        session.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash()
    )


class EndWithSession:
    """Close a websocket when the sign-in that opened it ends.

    ASGI middleware between session authentication and the websocket applications. One that was let
    in without a session, by a token, says in `scope["still_allowed"]`, a plain function, whether
    it may stay.
    """

    def __init__(self, app: Application) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not scope["user"].is_authenticated:
            await self._app(scope, receive, send)
            return
        sender = ClosingSender(send)
        serving = asyncio.ensure_future(self._app(scope, receive, sender.send))
        watching = asyncio.ensure_future(wait_for_sign_out(scope))
        try:
            await asyncio.wait((serving, watching), return_when=asyncio.FIRST_COMPLETED)
        finally:
            ended = not serving.done()
            await cancel_and_wait(watching, serving)
        if ended:
            await sender.close()
        else:
            serving.result()


async def cancel_and_wait(*tasks: "asyncio.Future[None]") -> None:
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

    async def close(self) -> None:
        if self._closed:
            return
        try:
            await self._send(
                {"type": "websocket.close", "code": CLOSE_SIGN_IN, "reason": "sign-in"}
            )
        except OSError:  # ASGI 2.4: it has left
            logger.debug("a client left before it was told that its sign-in ended")


async def wait_for_sign_out(scope: Scope) -> None:
    """Return when this websocket must be closed."""
    session_key = getattr(scope.get("session"), "session_key", None) or ""
    listener = ChangeListener(scope["user"].pk)
    try:
        while True:
            session = await listener.listen(RECHECK_SECONDS)
            if session_key and session == fingerprint(session_key):
                return
            if not await database_sync_to_async(may_stay)(scope, session_key):
                return
    finally:
        await listener.stop()


def may_stay(scope: Scope, session_key: str) -> bool:
    if "still_allowed" in scope:
        return bool(scope["still_allowed"]())
    return still_signed_in(scope["user"].pk, session_key)


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
