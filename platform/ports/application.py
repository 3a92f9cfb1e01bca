"""Serve the ports of machines, in front of the platform and apart from it.

A request whose host belongs to machines never reaches Django, and has none of its middleware,
sessions or pages.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from types import SimpleNamespace
from typing import Any

from accounts.models import User
from accounts.websocket_auth import wait_for_refusal
from core.budgets import PORTS
from core.logging import context
from core.metering.sockets import NoPlaceLeft, take_place
from ports import admission
from ports.access import Decisions, refusal_for
from ports.admission import PortRequest
from ports.connection import Share, Shares, connected
from ports.errors import PortError, explain, not_for_you, too_many
from ports.http_relay import AnswerBroken, ClientLeft, HttpRelay
from ports.names import PATH, address_of, header, is_ports_host
from ports.pages import page_of
from ports.websocket_relay import WebSocketRelay
from sandboxes.models import Machine
from terminal.errors import NotSignedIn, TerminalError, TerminalNotFound

logger = logging.getLogger(__name__)

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Any, Any], Awaitable[None]]


class PortsInFront:
    """Serve ports by the names and paths that are theirs, and send all else to the platform."""

    def __init__(self, platform: Application) -> None:
        self._platform = platform
        self._decisions = Decisions()
        self._shares = Shares()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            host = header(scope["headers"], b"host")
            if is_ports_host(host) or scope["path"].startswith(PATH):
                await self.serve(scope, receive, send)
                return
        await self._platform(scope, receive, send)

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request to a port, come what may."""
        answer = BrowserAnswer(scope, receive, send)
        try:
            await self.answer(scope, receive, answer)
        except PortError as error:
            await answer.refuse(error)
        except AnswerBroken:
            await answer.abort()
        except (ClientLeft, OSError):
            logger.debug("a browser left a port")

    async def answer(self, scope: Scope, receive: Receive, answer: "BrowserAnswer") -> None:
        """Read the request, and do what it asks for. Raises PortError and the like."""
        if scope["type"] == "websocket":
            await receive()  # websocket.connect
        host = header(scope["headers"], b"host")
        if not is_ports_host(host):
            await self.exchange(scope, receive, answer, admission.by_path(scope))
            return
        address = address_of(host)
        if address is None:
            raise not_for_you()
        if scope["path"] == admission.OPEN_PATH and scope["type"] == "http":
            cookies, path = admission.opened(scope, address)
            await answer.redirect(path, cookies)
            return
        await self.exchange(scope, receive, answer, admission.by_host(scope, address))

    async def exchange(
        self, scope: Scope, receive: Receive, answer: "BrowserAnswer", request: PortRequest
    ) -> None:
        """Pass a request on to the program behind the port, for whoever may."""
        port_pass = request.port_pass
        machine = await self.machine_of(request)
        context.bind(user_id=port_pass.user_id)
        share = self._shares.get(port_pass.user_id)
        is_websocket = scope["type"] == "websocket"
        kind = WebSocketRelay if is_websocket else HttpRelay
        exchange = kind(scope, receive, answer.send, view=request.view, target=request.target)

        async def pass_on() -> None:
            async with connected(machine, request.view.port, share) as stream:
                note_use(scope, machine, share)
                await exchange.run(stream, share)

        try:
            if is_websocket:
                admit(scope, port_pass.user_id)
                async with take_place("port", port_pass.user_id, PORTS.sockets):
                    await while_allowed(pass_on(), request, after=0)
            else:
                await while_allowed(pass_on(), request, after=PORTS.long_seconds)
        except NoPlaceLeft:
            raise too_many() from None
        except TerminalError as error:
            raise explain(error, request.view.port) from None

    async def machine_of(self, request: PortRequest) -> Machine:
        """Return the machine that the request's pass leads to now. Raises PortError."""
        try:
            return await self._decisions.machine(request.port_pass)
        except (NotSignedIn, TerminalNotFound):
            raise not_for_you() from None
        except TerminalError as error:
            raise explain(error, request.view.port) from None


async def while_allowed(
    serving: Coroutine[Any, Any, None], request: PortRequest, *, after: float
) -> None:
    """Serve until done, or until the pass's user may not go on: what is open is what is allowed.

    The watching begins after some seconds, which most requests do not take. Raises AnswerBroken.
    """
    port_pass = request.port_pass
    task = asyncio.ensure_future(serving)
    watching: asyncio.Future[Any] | None = None
    try:
        done, _ = await asyncio.wait((task,), timeout=after or 0.001)
        if not done:
            watching = asyncio.ensure_future(
                wait_for_refusal(
                    {
                        "user": User(pk=port_pass.user_id),
                        "session": SimpleNamespace(session_key=port_pass.session_key),
                        "decisions": [partial(refusal_for, address=port_pass.address)],
                    }
                )
            )
            await asyncio.wait((task, watching), return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise AnswerBroken
        task.result()
    finally:
        for each in filter(None, (task, watching)):
            each.cancel()
        await asyncio.gather(*filter(None, (task, watching)), return_exceptions=True)


def admit(scope: Scope, user_id: int) -> None:
    """Tell the server whose websocket it is; terminals share no rate with ports."""
    tell = (scope.get("extensions") or {}).get("drydock.admit")
    if tell is not None:
        tell(("port", user_id))


def note_use(scope: Scope, machine: Machine, share: Share) -> None:
    """Count opening a page or a websocket as work in the sandbox; what pages load is none."""
    mode = header(scope["headers"], b"sec-fetch-mode")
    if machine.sandbox is not None and mode in ("navigate", "websocket", ""):
        share.note_use(machine.sandbox)


class BrowserAnswer:
    """Answer a browser once: with the program's answer, a redirect, or a page of our own."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope, self._receive, self._send = scope, receive, send
        self._is_websocket = scope["type"] == "websocket"
        self._begun = False

    async def send(self, message: dict[str, Any]) -> None:
        self._begun = True
        await self._send(message)

    async def redirect(self, path: str, cookies: list[tuple[bytes, bytes]]) -> None:
        headers = [
            (b"location", path.encode("ascii")),
            (b"cache-control", b"no-store"),
            (b"referrer-policy", b"no-referrer"),
            (b"content-length", b"0"),
            *cookies,
        ]
        await self.send({"type": "http.response.start", "status": 303, "headers": headers})
        await self.send({"type": "http.response.body", "body": b""})

    async def refuse(self, error: PortError) -> None:
        """Say what is wrong."""
        if self._begun:
            await self.abort()
            return
        as_html = "text/html" in header(self._scope["headers"], b"accept")
        headers, body = page_of(error, as_html=as_html and not self._is_websocket)
        kind = "websocket.http.response" if self._is_websocket else "http.response"
        await self.send({"type": f"{kind}.start", "status": error.status, "headers": headers})
        await self.send({"type": f"{kind}.body", "body": body})

    async def abort(self) -> None:
        """Cut off an answer that can't be whole, so that nobody takes it for one."""
        if self._is_websocket:
            await self._send({"type": "websocket.close", "code": 1012, "reason": "over"})
            return
        abort = (self._scope.get("extensions") or {}).get("drydock.abort")
        if abort is not None:
            abort()
            while (await self._receive())["type"] != "http.disconnect":
                pass
