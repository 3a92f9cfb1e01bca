"""The websocket of a terminal: authorise, attach, forward, detach.

A bare ASGI application rather than a Channels consumer, which would put a queue, a task and a thread-safe hop before
every key: measured 0.4 ms a key and twice the CPU.
"""

import asyncio
import logging
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs

from channels.db import database_sync_to_async
from django.db import Error as DatabaseError

from core.logging import context
from sandboxes.lifecycle import touch_sandbox
from sandboxes.models import Sandbox
from terminal.access import Grant, explain_loss, grant_terminal
from terminal.errors import BadFrame, CloseCode, MachineUnreachable, TerminalError, TerminalNotFound, TooManyViewers
from terminal.session import Dialect, Message, Session
from terminal.transports.unix_socket import open_stream
from terminal.wire.control_frames import SUBPROTOCOL, Resume
from terminal.wire.django_xterm import XtermDialect
from terminal.wire.drydock_v1 import DrydockDialect

logger = logging.getLogger(__name__)

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

VIEWERS_PER_USER = 8
RESUME_SECONDS = 10.0
# django-xterm's client tells its size within 50 ms of connecting, but nothing obliges another client to.
FIRST_SIZE_SECONDS = 0.5
TOUCH_SECONDS = 60.0

_TERMINAL_NAME = re.compile(r"[a-z0-9-]{1,32}")
_DENIAL_STATUS = {
    CloseCode.SIGN_IN: 403,
    CloseCode.NOT_FOUND: 404,
    CloseCode.ENDED: 409,
    CloseCode.FAILED: 409,
    CloseCode.TOO_MANY: 429,
}


async def terminal_endpoint(scope: Scope, receive: Receive, send: Send) -> None:
    """`/ws/terminals/<machine_id>/?terminal=main&role=…` behind session authentication and the origin check."""
    wire = Wire(scope, receive, send)
    try:
        await _serve(scope, wire)
    except TerminalError as error:
        await wire.end(error)
    except OSError:
        # The viewer has left in the middle of a send (ASGI spec 2.4); there is nobody to tell.
        logger.debug("a viewer left")


async def _serve(scope: Scope, wire: "Wire") -> None:
    await wire.receive()  # websocket.connect
    query = parse_qs(scope["query_string"].decode("ascii", "replace"))
    terminal = _terminal_name(query)
    role = query.get("role", [""])[0]
    grant: Grant = await database_sync_to_async(grant_terminal)(
        scope["user"], scope["url_route"]["kwargs"]["machine_id"], role
    )
    context.bind(user_id=scope["user"].pk, sandbox_id=grant.sandbox.pk)
    with _viewer_place(scope["user"].pk):
        await wire.accept()
        try:
            await _view(wire, grant, terminal)
        except MachineUnreachable:
            raise await database_sync_to_async(explain_loss)(grant.machine.pk) from None


async def _view(wire: "Wire", grant: Grant, terminal: str) -> None:
    resume = await wire.read_resume()
    if resume is None:
        return
    stream = await open_stream(grant.machine)
    activity = Activity(grant.sandbox)
    session = Session(stream, wire.dialect, wire.send, role=grant.role, terminal=terminal, on_input=activity.note)
    await session.run(resume, wire.receive)


def _terminal_name(query: dict[str, list[str]]) -> str:
    name = query.get("terminal", ["main"])[0]
    if not _TERMINAL_NAME.fullmatch(name):
        raise TerminalNotFound
    return name


_viewers: Counter[int] = Counter()


@contextmanager
def _viewer_place(user_id: int) -> Iterator[None]:
    """One of the VIEWERS_PER_USER websockets that a user may hold in this process. Raises TooManyViewers."""
    if _viewers[user_id] >= VIEWERS_PER_USER:
        raise TooManyViewers
    _viewers[user_id] += 1
    try:
        yield
    finally:
        _viewers[user_id] -= 1
        if not _viewers[user_id]:
            del _viewers[user_id]


class Activity:
    """Tells the sandbox, at most once in TOUCH_SECONDS, that somebody types in it."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._next = 0.0
        self._task: asyncio.Task[None] | None = None

    def note(self) -> None:
        now = asyncio.get_running_loop().time()
        if now >= self._next:
            self._next = now + TOUCH_SECONDS
            self._task = asyncio.create_task(self._touch())

    async def _touch(self) -> None:
        try:
            await database_sync_to_async(touch_sandbox)(sandbox=self._sandbox)
        except DatabaseError:
            logger.warning("activity in sandbox %s was not noted", self._sandbox.pk, exc_info=True)


class Wire:
    """One websocket in terms of messages, and the dialect that it speaks."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._accepted = False
        self._can_deny = "websocket.http.response" in (scope.get("extensions") or {})
        self._waiting: list[Message | None] = []
        self._speaks_ours = SUBPROTOCOL in scope.get("subprotocols", ())
        self.dialect: Dialect = DrydockDialect() if self._speaks_ours else XtermDialect()

    async def accept(self) -> None:
        self._accepted = True
        await self._send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL if self._speaks_ours else None})

    async def receive(self) -> Message | None:
        """The next message; None once the viewer has left."""
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
        """How the client wants to start; None when it has left instead. Raises BadFrame."""
        return await (self._read_our_resume() if self._speaks_ours else self._guess_resume())

    async def _read_our_resume(self) -> Resume | None:
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

    async def _guess_resume(self) -> Resume | None:
        """Start with the size of the first message where it is one: the terminal would else be resized twice."""
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
            await (self._close(error) if self._accepted or self._speaks_ours else self._deny(error))
        except OSError:
            logger.debug("a viewer left before it was told %s", error.code)

    async def _close(self, error: TerminalError) -> None:
        if not self._accepted:
            await self.accept()
        async with asyncio.timeout(RESUME_SECONDS):
            await self.send(self.dialect.error(error))
            await self._send({"type": "websocket.close", "code": int(error.close), "reason": error.code})

    async def _deny(self, error: TerminalError) -> None:
        if not self._can_deny:
            await self._send({"type": "websocket.close"})
            return
        headers = [(b"content-type", b"text/plain; charset=utf-8")]
        status = _DENIAL_STATUS.get(error.close, 503)
        await self._send({"type": "websocket.http.response.start", "status": status, "headers": headers})
        await self._send({"type": "websocket.http.response.body", "body": error.message.encode()})
