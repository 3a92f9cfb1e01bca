"""Pass a websocket's messages between a browser and a program in a machine."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from websockets.client import ClientProtocol
from websockets.exceptions import InvalidHandshake
from websockets.frames import Close, CloseCode, Frame, Opcode
from websockets.http11 import Response
from websockets.protocol import State
from websockets.uri import WebSocketURI

from core.budgets import PORTS
from ports.connection import PacedReader, Share, Silence
from ports.errors import PortError, garbled, slow
from ports.headers import View, request_headers
from terminal.transports.stream import Stream

Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class WebSocketRelay:
    """Relay messages: each side speaks with us, so neither can send the other nonsense."""

    def __init__(
        self, scope: Scope, receive: Receive, send: Send, *, view: View, target: str
    ) -> None:
        self._scope, self._receive, self._send = scope, receive, send
        self._view = view
        path, _, query = target.partition("?")
        self._protocol = ClientProtocol(
            WebSocketURI(False, "localhost", view.port, path, query),
            subprotocols=scope.get("subprotocols") or None,
            max_size=PORTS.message_bytes,
        )
        self._message = bytearray()
        self._opcode = Opcode.BINARY
        self._unparsed = b""

    async def run(self, stream: Stream, share: Share) -> None:
        """Shake hands with the program, accept the browser, and relay until either ends.

        Raises PortError before the browser was accepted.
        """
        self._stream, self._share = stream, share
        self._reader = PacedReader(stream, share)
        try:
            frames = await self.shake_hands()
        except Silence:
            raise slow(self._view.port) from None
        await self._send({"type": "websocket.accept", "subprotocol": self._protocol.subprotocol})
        up = asyncio.ensure_future(self.pump_up())
        down = asyncio.ensure_future(self.pump_down(frames))
        try:
            await asyncio.wait((up, down), return_when=asyncio.FIRST_COMPLETED)
            if down.done():
                down.result()
                return
            up.result()
            # The program answers the close; cut off at once, it might not even read it.
            await asyncio.wait((down,), timeout=PORTS.close_seconds)
        finally:
            for task in (up, down):
                task.cancel()
            await asyncio.gather(up, down, return_exceptions=True)

    async def shake_hands(self) -> list[Any]:
        """Open the program's websocket; return what came behind its answer."""
        request = self._protocol.connect()
        del request.headers["Host"]
        for name, value in request_headers(self._scope["headers"], self._view):
            request.headers[name.decode("ascii")] = value.decode("latin-1")
        self._protocol.send_request(request)
        await self.flush()
        while not (events := self._protocol.events_received()):
            if self._protocol.handshake_exc is not None:
                break
            await self.feed(PORTS.answer_seconds)
        refusal = self._protocol.handshake_exc
        answer = events[0] if events else None
        if refusal is not None or not isinstance(answer, Response):
            if isinstance(refusal, InvalidHandshake) and isinstance(answer, Response):
                status = answer.status_code if 400 <= answer.status_code < 600 else 502
                raise PortError(status, "No websocket here", "The program refused it.")
            raise garbled(self._view.port)
        return events[1:]

    async def feed(self, patience: float) -> None:
        """Give the parser a little of what came, for it may be in frames of a byte."""
        if self._unparsed:
            await asyncio.sleep(0)
        else:
            self._unparsed = await self._reader.read(patience)
        piece = self._unparsed[: PORTS.bytes_a_turn]
        self._unparsed = self._unparsed[len(piece) :]
        if piece:
            self._protocol.receive_data(piece)
        else:
            self._protocol.receive_eof()

    async def flush(self) -> None:
        """Send the program what the protocol has for it; an empty piece is its end."""
        for data in self._protocol.data_to_send():
            self._stream.write(data)
        await self._stream.drain()

    # From the browser.

    async def pump_up(self) -> None:
        """Pass messages on until the browser leaves."""
        while True:
            message = await self._receive()
            if message["type"] == "websocket.disconnect":
                self._protocol.send_close(valid_code(message.get("code")))
                await self.flush()
                return
            text = message.get("text")
            if text is not None:
                data = text.encode()
                self._protocol.send_text(data)
            else:
                data = message.get("bytes") or b""
                self._protocol.send_binary(data)
            self._reader.moved()
            await self._share.charge(len(data))
            await self.flush()

    # From the machine.

    async def pump_down(self, frames: list[Any]) -> None:
        """Pass messages on until the program ends."""
        while True:
            for frame in frames:
                await self.take(frame)
            await self.flush()
            await self._share.charge(0, len(frames))
            if self._protocol.close_expected() or self._protocol.state is not State.OPEN:
                await self.close_browser()
                return
            try:
                await self.feed(PORTS.pause_seconds)
            except Silence:
                self._protocol.fail(CloseCode.GOING_AWAY, "nothing was said for long")
            frames = self._protocol.events_received()

    async def take(self, frame: Frame) -> None:
        """Add a frame to its message, and pass the message on when it is whole."""
        if frame.opcode in (Opcode.TEXT, Opcode.BINARY):
            self._opcode = frame.opcode
        elif frame.opcode is not Opcode.CONT:
            return
        self._message += frame.data
        if not frame.fin:
            return
        data = bytes(self._message)
        self._message.clear()
        if self._opcode is Opcode.BINARY:
            await self._send({"type": "websocket.send", "bytes": data})
            return
        try:
            text = data.decode()
        except UnicodeDecodeError:
            self._protocol.fail(CloseCode.INVALID_DATA)
            return
        await self._send({"type": "websocket.send", "text": text})

    async def close_browser(self) -> None:
        """End the browser's websocket as the program has ended its own."""
        close: Close | None = self._protocol.close_rcvd or self._protocol.close_sent
        code = valid_code(close.code if close else CloseCode.INTERNAL_ERROR)
        reason = close.reason if close else ""
        await self._send({"type": "websocket.close", "code": code, "reason": reason})


def valid_code(code: int | None) -> int:
    """Return a close code that may be sent: some only say that none came."""
    if code is None or code == CloseCode.NO_STATUS_RCVD:
        return int(CloseCode.NORMAL_CLOSURE)
    reserved = (CloseCode.ABNORMAL_CLOSURE, CloseCode.TLS_HANDSHAKE, 1004)
    if code in reserved or not 1000 <= code < 5000:
        return int(CloseCode.GOING_AWAY)
    return code
