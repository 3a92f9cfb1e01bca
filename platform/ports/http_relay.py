"""Pass one HTTP request to a program in a machine, and its answer back."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import h11

from core.budgets import PORTS
from ports.connection import PacedReader, Share, Silence
from ports.errors import PortError, garbled, silent_end, slow, too_long
from ports.headers import View, request_headers, response_headers
from terminal.transports.stream import Stream

Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class ClientLeft(Exception):
    """Report that the browser has gone."""


class AnswerBroken(Exception):
    """Report that an answer ended, or made no sense, after it had begun."""


class HttpRelay:
    """Exchange one request; neither side's body is held longer than it takes to pass it on."""

    def __init__(
        self, scope: Scope, receive: Receive, send: Send, *, view: View, target: str
    ) -> None:
        self._scope, self._receive, self._send = scope, receive, send
        self._view = view
        self._target = target
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=PORTS.header_bytes)
        self._begun = False
        self._unparsed = b""

    async def run(self, stream: Stream, share: Share) -> None:
        """Serve the request. Raises PortError before an answer has begun, then AnswerBroken.

        Raises ClientLeft when there is nobody to answer.
        """
        self._stream, self._share = stream, share
        self._reader = PacedReader(stream, share)
        self.send_head()
        up = asyncio.ensure_future(self.pump_up())
        down = asyncio.ensure_future(self.pump_down())
        try:
            await asyncio.wait((up, down), return_when=asyncio.FIRST_COMPLETED)
            (down if down.done() else up).result()
        except PortError as error:
            if self._begun:
                raise AnswerBroken from error
            raise
        finally:
            for task in (up, down):
                task.cancel()
            await asyncio.gather(up, down, return_exceptions=True)

    # From the browser.

    def send_head(self) -> None:
        """Send the request's head. Raises PortError for what no server would take."""
        headers = request_headers(self._scope["headers"], self._view)
        names = {name for name, _ in self._scope["headers"]}
        if b"transfer-encoding" in names:
            headers.append((b"transfer-encoding", b"chunked"))
        headers.append((b"connection", b"close"))
        try:
            head = h11.Request(method=self._scope["method"], target=self._target, headers=headers)
            self._stream.write(self._http.send(head) or b"")
        except h11.LocalProtocolError:
            raise PortError(
                400, "This request makes no sense", "No server would take it."
            ) from None

    async def pump_up(self) -> None:
        """Pass the body on, then wait until the browser leaves."""
        size, more = 0, True
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientLeft
            if not more:
                continue
            body, more = message.get("body", b""), message.get("more_body", False)
            size += len(body)
            if size > PORTS.body_bytes:
                raise too_long()
            if body:
                self._stream.write(self._http.send(h11.Data(data=body)) or b"")
            if not more:
                self._stream.write(self._http.send(h11.EndOfMessage()) or b"")
            self._reader.moved()
            await self._share.charge(len(body))
            await self._stream.drain()

    # From the machine.

    async def pump_down(self) -> None:
        """Pass the answer on as it comes."""
        try:
            head = await self.read_head()
            if not 200 <= head.status_code <= 599:
                raise garbled(self._view.port)
            await self._send(
                {
                    "type": "http.response.start",
                    "status": head.status_code,
                    "headers": response_headers(head.headers, self._view),
                }
            )
            self._begun = True
            async for data in self.read_body():
                await self._send({"type": "http.response.body", "body": data, "more_body": True})
            await self._send({"type": "http.response.body", "body": b""})
        except h11.RemoteProtocolError:
            raise garbled(self._view.port) from None
        except Silence:
            raise slow(self._view.port) from None

    async def read_head(self) -> h11.Response:
        """Read the answer's head. Raises PortError, h11.RemoteProtocolError, Silence."""
        interim = 0
        while True:
            event = self._http.next_event()
            if event is h11.NEED_DATA:
                if not await self.feed(PORTS.answer_seconds):
                    raise silent_end(self._view.port)
            elif isinstance(event, h11.InformationalResponse):
                interim += 1
                if interim > PORTS.interim_answers:
                    raise garbled(self._view.port)
            elif isinstance(event, h11.Response):
                return event
            else:
                raise garbled(self._view.port)

    async def read_body(self) -> AsyncIterator[bytes]:
        """Give the body in pieces, what came together together.

        Raises h11.RemoteProtocolError, Silence.
        """
        data = bytearray()
        while True:
            events = 0
            while isinstance(event := self._http.next_event(), h11.Data):
                data += event.data
                events += 1
            is_whole = event is not h11.NEED_DATA
            if data and (is_whole or not self._unparsed):
                yield bytes(data)
                data.clear()
            if is_whole:
                return
            await self._share.charge(0, events)
            await self.feed(PORTS.pause_seconds)

    async def feed(self, patience: float) -> bool:
        """Give the parser a little of what came, for it may be in chunks of a byte.

        Returns false at the end. Raises Silence.
        """
        if self._unparsed:
            await asyncio.sleep(0)
        else:
            self._unparsed = await self._reader.read(patience)
        piece = self._unparsed[: PORTS.bytes_a_turn]
        self._unparsed = self._unparsed[len(piece) :]
        self._http.receive_data(piece)
        return bool(piece)
