"""Speak HTTP and websocket by hand over asyncio, wrongly where a test needs it."""

import asyncio
import base64
import contextlib
import os
import struct
from typing import Self

SECONDS = 10.0


class RawClient:
    """Hold one connection to a server on 127.0.0.1."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def open(cls, port: int) -> Self:
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def request(
        self,
        path: str = "/",
        *,
        method: str = "GET",
        headers: dict[str, str] | None = None,
        host: str = "127.0.0.1",
    ) -> None:
        lines = [f"{method} {path} HTTP/1.1", f"Host: {host}"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        await self.send(("\r\n".join(lines) + "\r\n\r\n").encode())

    async def answer(self) -> tuple[int, bytes]:
        """Read an answer with a Content-Length: its status and body."""
        async with asyncio.timeout(SECONDS):
            head = await self._reader.readuntil(b"\r\n\r\n")
            length = next(
                int(line.split(b":")[1])
                for line in head.lower().split(b"\r\n")
                if line.startswith(b"content-length")
            )
            return int(head.split()[1]), await self._reader.readexactly(length)

    async def shake_hands(
        self, path: str = "/", headers: dict[str, str] | None = None, host: str = "127.0.0.1"
    ) -> int:
        """Open a websocket; return the status."""
        key = base64.b64encode(os.urandom(16)).decode()
        upgrade = {
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": key,
        }
        await self.request(path, headers=upgrade | (headers or {}), host=host)
        async with asyncio.timeout(SECONDS):
            head = await self._reader.readuntil(b"\r\n\r\n")
        return int(head.split()[1])

    async def frame(self) -> tuple[int, bytes]:
        """Read a websocket frame: opcode and payload."""
        async with asyncio.timeout(SECONDS):
            first, second = await self._reader.readexactly(2)
            size = second & 127
            if size >= 126:
                size = int.from_bytes(await self._reader.readexactly(2 if size == 126 else 8))
            return first & 15, await self._reader.readexactly(size)

    async def close_code(self) -> int:
        """Read frames until the server closes the websocket."""
        while True:
            opcode, payload = await self.frame()
            if opcode == 8:
                return int.from_bytes(payload[:2])

    async def ended(self, seconds: float = SECONDS) -> bool:
        """Whether the server closes the connection within so long."""
        with contextlib.suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(seconds):
                while await self._reader.read(65536):
                    pass
                return True
            return False
        return self._reader.exception() is not None

    def close(self) -> None:
        self._writer.close()


def masked(
    payload: bytes, opcode: int = 2, *, final: bool = True, length: int | None = None
) -> bytes:
    """A client's frame, masked with zeros; `length` may announce more than there is."""
    size = len(payload) if length is None else length
    first = (0x80 if final else 0) | opcode
    if size < 126:
        head = struct.pack("!BB", first, 0x80 | size)
    elif size < 65536:
        head = struct.pack("!BBH", first, 0xFE, size)
    else:
        head = struct.pack("!BBQ", first, 0xFF, size)
    return head + bytes(4) + payload
