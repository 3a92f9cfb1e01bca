"""Speak websocket as uvicorn does, and read from each client within its budget.

uvicorn parses all that a read brought, up to 256 KiB, before anybody else gets a turn: of the
smallest frames that is half a second. Here a read is parsed in pieces, frames are counted, and a
client that is over its rate is not read for a while.
"""

import asyncio
from collections.abc import Hashable
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import PayloadTooBig
from websockets.frames import Frame, Opcode
from websockets.server import ServerProtocol

from config.serving.waiting import waiting
from core.budgets import CLIENT, STRANGER
from core.metering.pacing import Meter, SharedByKey

meters_of_users: SharedByKey[Meter] = SharedByKey(lambda: Meter(CLIENT.frames))
# Where less than a terminal's paste is enough for a message.
MESSAGE_BYTES = {
    "/ws/events/": CLIENT.event_message_bytes,
    "/ws/panels/": CLIENT.panel_message_bytes,
}


class CountingProtocol(ServerProtocol):
    """Count the frames that come, and refuse a message in too many pieces."""

    frames = 0
    _fragments = 0

    def recv_frame(self, frame: Frame) -> None:
        self.frames += 1
        if frame.opcode in (Opcode.TEXT, Opcode.BINARY):
            self._fragments = 1
        elif frame.opcode is Opcode.CONT:
            self._fragments += 1
            if self._fragments > CLIENT.fragments_a_message:
                raise PayloadTooBig(None, self.max_message_size)
        super().recv_frame(frame)


class PacedWebSocket(WebSocketsSansIOProtocol):
    """Read from a client piece by piece, within its user's rate.

    Nothing is read behind the handshake before the application has accepted it. `admit` says whose
    websocket it is; until then it waits among the connections of strangers.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        size = self.config.ws_max_size
        self.conn: CountingProtocol = CountingProtocol(
            extensions=self.conn.available_extensions, max_size=size, logger=self.conn.logger
        )
        self._meter = Meter(CLIENT.frames)
        self._unread = bytearray()
        self._turn: asyncio.Handle | None = None  # when to read on
        self._held = False  # the transport does not read
        self._write_timer: asyncio.TimerHandle | None = None

    def admit(self, user: Hashable) -> None:
        """Take the client for this user, with whom all their websockets share a rate."""
        self._meter = meters_of_users.get(user)
        waiting.leave(self.transport)

    # Called by the event loop.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        waiting.enter(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        waiting.leave(self.transport)
        self._unread.clear()
        for timer in (self._turn, self._write_timer):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._write_timer is None:
            self._write_timer = self.loop.call_later(
                STRANGER.websocket_write_seconds, self.transport.abort
            )

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._write_timer is not None:
            self._write_timer.cancel()
            self._write_timer = None

    def data_received(self, data: bytes) -> None:
        if not self.handshake_initiated:
            super().data_received(data)
            return
        if len(data) <= CLIENT.bytes_a_turn and self._may_read():  # a key
            self._parse(data)
            return
        self._unread += data
        if self._turn is None:
            self._read_on()

    # Called by uvicorn and the application.

    def handle_connect(self, event: Any) -> None:
        super().handle_connect(event)
        if hasattr(self, "scope"):
            extensions: Any = self.scope["extensions"]
            extensions["drydock.admit"] = self.admit
            for path, most in MESSAGE_BYTES.items():
                if self.scope["path"].startswith(path):
                    self.conn.max_message_size = most

    async def receive(self) -> Any:
        message = await self.queue.get()
        if self.read_paused and self.queue.empty():
            self.read_paused = False
            if self._unread or self._turn is not None:
                self._read_on_soon()
            else:
                self._held = False
                self.transport.resume_reading()
        return message

    async def send(self, message: Any) -> None:
        if message["type"] == "websocket.close" and self.read_paused:
            # uvicorn has paused the transport; left to it, it would read without bounds until the
            # client's close. `_read_on` reads on in pieces.
            self.read_paused, self._held = False, True
        await super().send(message)
        if message["type"] in ("websocket.accept", "websocket.close"):
            self._read_on_soon()
        elif message["type"] == "websocket.http.response.body":
            self.handshake_complete = True  # uvicorn logs an error for each refusal without this

    def keepalive_timeout(self) -> None:
        """Close a client that does not answer, but not one whose answer we have not read."""
        if not self._held and not self.read_paused:
            super().keepalive_timeout()
            return
        self.pong_timer = None
        self.pending_ping_payload = None
        self.schedule_ping()

    # Reading.

    def _read_on_soon(self) -> None:
        if self._turn is None and not self.transport.is_closing():
            self._turn = self.loop.call_soon(self._read_on)

    def _read_on(self) -> None:
        """Parse a piece of what came; let the transport read when nothing is left."""
        self._turn = None
        if not self.handshake_complete or (self.read_paused and not self.close_sent):
            self._hold()  # the application reads on
            return
        if self._unread:
            piece = bytes(self._unread[: CLIENT.bytes_a_turn])
            del self._unread[: CLIENT.bytes_a_turn]
            if not self._parse(piece):
                return
            if self._unread or self.read_paused:
                self._hold()
                if not self.read_paused:
                    self._turn = self.loop.call_soon(self._read_on)
                return
        if self._held:
            self._held = False
            self.transport.resume_reading()

    def _may_read(self) -> bool:
        """Whether what comes may be parsed at once: nothing waits before it, and nobody for it."""
        if self._unread or self._turn is not None or not self.handshake_complete:
            return False
        return self.close_sent or not self.read_paused

    def _parse(self, piece: bytes) -> bool:
        """Parse a piece of what came; whether more may be read now."""
        before = self.conn.frames
        super().data_received(piece)
        pause = self._meter.charge(self.conn.frames - before)
        if pause and not self.transport.is_closing():
            self._hold()
            self._turn = self.loop.call_later(pause, self._read_on)
        return not pause and not self.transport.is_closing()

    def _hold(self) -> None:
        self._held = True
        self.transport.pause_reading()
