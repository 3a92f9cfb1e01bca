"""Carry bytes to and from a PTY server, whatever they travel over."""

import asyncio
import contextlib
from typing import Protocol, cast

from core.budgets import MACHINE

# How long the bytes written last may take to leave before a connection is cut.
CLOSE_SECONDS = 1.0


class Stream(Protocol):
    """Carry bytes to and from a PTY server."""

    async def read(self) -> bytes:
        """Return what has come since the last read, at least one byte; b"" at the end."""

    def write(self, data: bytes) -> None:
        """Queue bytes to send. Does nothing on a closed stream."""

    def is_full(self) -> bool:
        """Whether so much is queued that a writer should `drain`."""

    async def drain(self) -> None:
        """Wait until the queue is short enough to go on."""

    async def close(self) -> None:
        """Send what is queued and end. May be called twice."""


class ByteStream(asyncio.Protocol):
    """Stream over an asyncio transport.

    Chunks are handed on as they came, without a copy. The sender waits while more than the budget's
    `waiting_bytes` are unread.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._chunks: list[bytes] = []
        self._size = 0
        self._reading_paused = False
        self._ended = False
        self._reader: asyncio.Future[None] | None = None
        self._writer: asyncio.Future[None] | None = None
        self._finisher: asyncio.Future[None] | None = None

    # Called by the event loop.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if self._finisher is not None:
            return
        self._chunks.append(data)
        self._size += len(data)
        over = self._size > MACHINE.waiting_bytes
        if over and not self._reading_paused and self._transport is not None:
            self._reading_paused = True
            self._transport.pause_reading()
        wake(self._reader)

    def eof_received(self) -> None:
        self._ended = True
        wake(self._reader)
        wake(self._finisher)

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended = True
        self._transport = None
        wake(self._reader)
        wake(self._writer)
        wake(self._finisher)

    def pause_writing(self) -> None:
        self._writer = self._loop.create_future()

    def resume_writing(self) -> None:
        wake(self._writer)
        self._writer = None

    # Called by us.

    async def read(self) -> bytes:
        while not self._chunks:
            if self._ended:
                return b""
            self._reader = self._loop.create_future()
            await self._reader
        data = self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)
        self._drop_chunks()
        return data

    def _drop_chunks(self) -> None:
        self._chunks.clear()
        self._size = 0
        if self._reading_paused and self._transport is not None:
            self._reading_paused = False
            self._transport.resume_reading()

    def write(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)

    def is_full(self) -> bool:
        return self._writer is not None

    async def drain(self) -> None:
        if self._writer is not None:
            await asyncio.shield(self._writer)  # others may wait for it, too

    async def finish(self, seconds: float) -> None:
        """Tell the other side that nothing more comes, and wait for its end.

        Not every transport can tell. What the other side still sends is thrown away.
        """
        self._finisher = self._loop.create_future()
        self._drop_chunks()
        if self._transport is None or self._ended:
            return
        if not self._transport.is_closing() and self._transport.can_write_eof():
            self._transport.write_eof()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._finisher

    async def close(self) -> None:
        self._ended = True
        wake(self._reader)
        if self._transport is not None:
            self._transport.close()
            self._loop.call_later(CLOSE_SECONDS, self._abort)

    def _abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()


def wake(waiter: "asyncio.Future[None] | None") -> None:
    """Wake the waiting coroutine."""
    if waiter is not None and not waiter.done():
        waiter.set_result(None)
