"""Serve the websocket of a terminal: authorise, attach, forward, detach.

A bare ASGI application rather than a Channels consumer, which would put a queue, a task and a
thread-safe hop before every key: measured 0.4 ms a key and twice the CPU.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from urllib.parse import parse_qs

from channels.db import database_sync_to_async

from core.budgets import CLIENT
from core.logging import context
from core.metering.sockets import NoPlaceLeft, take_place
from terminal.access import Grant, explain_loss, grant_terminal, refusal_for
from terminal.activity import Activity
from terminal.errors import (
    BadFrame,
    CloseCode,
    MachineUnreachable,
    TerminalError,
    TerminalNotFound,
    TooManyViewers,
)
from terminal.pacing import paces_of_owners
from terminal.session import Session
from terminal.transports.machine_stream import open_stream
from terminal.wire.control_frames import SUBPROTOCOL, Resume
from terminal.wire.dialect import Dialect, Message
from terminal.wire.django_xterm import XtermDialect
from terminal.wire.drydock_v1 import DrydockDialect
from terminal.wire.ptyd_frames import TERMINAL_NAME

logger = logging.getLogger(__name__)

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

RESUME_SECONDS = 10.0
# django-xterm's client tells its size within 50 ms of connecting, but nothing obliges another
# client to.
FIRST_SIZE_SECONDS = 0.5

DENIAL_STATUS = {
    CloseCode.SIGN_IN: 403,
    CloseCode.NOT_FOUND: 404,
    CloseCode.ENDED: 409,
    CloseCode.FAILED: 409,
    CloseCode.TOO_MANY: 429,
}


async def terminal_endpoint(scope: Scope, receive: Receive, send: Send) -> None:
    """Serve `/ws/terminals/<machine_id>/?terminal=main&role=…`.

    It stands behind session authentication and the origin check.
    """
    wire = Wire(scope, receive, send)
    try:
        await wire.receive()  # websocket.connect
        query = parse_qs(scope["query_string"].decode("ascii", "replace"))
        terminal = query.get("terminal", ["main"])[0]
        if not TERMINAL_NAME.fullmatch(terminal):
            raise TerminalNotFound
        user, machine_id = scope["user"], scope["url_route"]["kwargs"]["machine_id"]
        role = query.get("role", [""])[0]
        grant: Grant = await database_sync_to_async(grant_terminal)(user, machine_id, role)
        scope["decisions"].append(
            partial(refusal_for, machine_id=machine_id, requested=role, role=grant.role)
        )
        context.bind(user_id=user.pk, sandbox_id=grant.sandbox.pk)
        async with take_place("terminal", user.pk, CLIENT.terminal_sockets):
            await wire.accept()
            try:
                await view_terminal(wire, grant, terminal)
            except MachineUnreachable:
                raise await database_sync_to_async(explain_loss)(grant.machine.pk) from None
    except NoPlaceLeft:
        await wire.end(TooManyViewers())
    except TerminalError as error:
        await wire.end(error)
    except OSError:
        # The viewer has left in the middle of a send (ASGI spec 2.4); there is nobody to tell.
        logger.debug("a viewer left")


async def view_terminal(wire: "Wire", grant: Grant, terminal: str) -> None:
    """Show a viewer the terminal until either ends. Raises TerminalError."""
    resume = await wire.read_resume()
    if resume is None:
        return
    stream = await open_stream(grant.machine)
    activity = Activity(grant.sandbox)
    session = Session(
        stream,
        wire.dialect,
        wire.send,
        role=grant.role,
        terminal=terminal,
        on_input=activity.note,
        on_output=activity.note,
        pace=paces_of_owners.get(grant.sandbox.user_id),
    )
    await session.run(resume, wire.receive)


class Wire:
    """Speak with a viewer in messages over a websocket, in the dialect that its client knows."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._accepted = False
        self._can_deny = "websocket.http.response" in (scope.get("extensions") or {})
        self._waiting: list[Message | None] = []
        self._is_drydock = SUBPROTOCOL in scope.get("subprotocols", ())
        self.dialect: Dialect = DrydockDialect() if self._is_drydock else XtermDialect()

    async def accept(self) -> None:
        self._accepted = True
        subprotocol = SUBPROTOCOL if self._is_drydock else None
        await self._send({"type": "websocket.accept", "subprotocol": subprotocol})

    async def receive(self) -> Message | None:
        """Return the next message; None once the viewer has left."""
        if self._waiting:
            return self._waiting.pop(0)
        event = await self._receive()
        if event["type"] == "websocket.disconnect":
            return None
        text: str | None = event.get("text")
        return (event.get("bytes") or b"") if text is None else text

    async def send(self, message: Message) -> None:
        kind = "bytes" if isinstance(message, bytes) else "text"
        await self._send({"type": "websocket.send", kind: message})

    async def read_resume(self) -> Resume | None:
        """Learn how the client wants to start; None when it has left instead. Raises BadFrame."""
        if not self._is_drydock:
            return await self.guess_resume()
        try:
            async with asyncio.timeout(RESUME_SECONDS):
                message = await self.receive()
        except TimeoutError:
            raise BadFrame("No resume came.") from None
        if message is None:
            return None
        control = self.dialect.read(message) if isinstance(message, str) else None
        if not isinstance(control, Resume):
            raise BadFrame("The first frame must be a resume.")
        return control

    async def guess_resume(self) -> Resume | None:
        """Start with the size of the first message where it is a size.

        The terminal would else be resized twice.
        """
        try:
            async with asyncio.timeout(FIRST_SIZE_SECONDS):
                message = await self.receive()
        except TimeoutError:
            return Resume()
        size = self.dialect.read(message) if isinstance(message, str) else None
        if size is not None:
            return Resume(cols=getattr(size, "cols", 80), rows=getattr(size, "rows", 24))
        self._waiting.append(message)
        return None if message is None else Resume()

    async def end(self, error: TerminalError) -> None:
        """Tell the client why, and close. Safe when it has already left."""
        try:
            if self._accepted or self._is_drydock:
                await self.close(error)
            else:
                await self.deny(error)
        except OSError:
            logger.debug("a viewer left before it was told %s", error.code)

    async def close(self, error: TerminalError) -> None:
        """Close the websocket with the error's code."""
        if not self._accepted:
            await self.accept()
        async with asyncio.timeout(RESUME_SECONDS):
            await self.send(self.dialect.error(error))
            await self._send(
                {"type": "websocket.close", "code": int(error.close), "reason": error.code}
            )

    async def deny(self, error: TerminalError) -> None:
        """Refuse the websocket, by an HTTP answer where the server can send it."""
        if not self._can_deny:
            await self._send({"type": "websocket.close"})
            return
        start = {
            "type": "websocket.http.response.start",
            "status": DENIAL_STATUS.get(error.close, 503),
            "headers": [(b"content-type", b"text/plain; charset=utf-8")],
        }
        await self._send(start)
        body = error.message.encode()
        await self._send({"type": "websocket.http.response.body", "body": body})
