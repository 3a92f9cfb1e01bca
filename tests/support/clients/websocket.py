"""Speak websocket, in tests and benchmarks.

A blocking socket, and as little between it and the clock as the protocol allows.
"""

import base64
import json
import os
import socket
import struct
import time
from typing import Any, Self

_ZERO_MASK = bytes(4)  # a client's frames must be masked; with zeros the mask costs nothing here


class WebSocketClosed(Exception):
    """Report that the server closed the websocket; `code` says why."""

    def __init__(self, code: int) -> None:
        super().__init__(f"closed with {code}")
        self.code = code


class WebSocket:
    """Speak websocket to 127.0.0.1.

    `path` includes the query; `subprotocol` and `cookie` may be empty.
    """

    def __init__(
        self, port: int, path: str, *, subprotocol: str = "", cookie: str = "", seconds: float = 30
    ) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=seconds)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = bytearray()
        # by the monotonic clock: reading past it raises TimeoutError
        self.deadline: float | None = None
        self._shake_hands(port, path, subprotocol, cookie)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        self.close()

    def _shake_hands(self, port: int, path: str, subprotocol: str, cookie: str) -> None:
        lines = [
            f"GET {path} HTTP/1.1",
            f"Host: 127.0.0.1:{port}",
            f"Origin: http://127.0.0.1:{port}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
        ]
        lines += [f"Sec-WebSocket-Protocol: {subprotocol}"] if subprotocol else []
        lines += [f"Cookie: {cookie}"] if cookie else []
        self._socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        while b"\r\n\r\n" not in self._buffer:
            self._receive()
        head, _, rest = bytes(self._buffer).partition(b"\r\n\r\n")
        if b" 101 " not in head.split(b"\r\n")[0]:
            raise WebSocketClosed(int(head.split()[1]))
        self._buffer = bytearray(rest)

    def _receive(self) -> None:
        if self.deadline is not None and time.monotonic() > self.deadline:
            raise TimeoutError
        data = self._socket.recv(1 << 18)
        if not data:
            raise WebSocketClosed(1006)
        self._buffer += data

    def send(self, data: bytes, opcode: int = 2) -> None:
        """Send one frame; opcode 1 is text, 2 is binary."""
        length = len(data)
        if length < 126:
            head = struct.pack("!BB", 0x80 | opcode, 0x80 | length)
        elif length < 65536:
            head = struct.pack("!BBH", 0x80 | opcode, 0xFE, length)
        else:
            head = struct.pack("!BBQ", 0x80 | opcode, 0xFF, length)
        self._socket.sendall(head + _ZERO_MASK + data)

    def say(self, **fields: Any) -> None:
        """Send a control frame of drydock.v1."""
        self.send(json.dumps(fields).encode(), 1)

    def receive(self) -> tuple[int, bytes]:
        """Return the next text or binary frame: (opcode, payload).

        Raises WebSocketClosed, TimeoutError.
        """
        while True:
            opcode, payload = self._frame()
            if opcode == 8:
                raise WebSocketClosed(int.from_bytes(payload[:2], "big") or 1005)
            if opcode == 9:
                self.send(payload, 10)
            elif opcode in (1, 2):
                return opcode, payload

    def _frame(self) -> tuple[int, bytes]:
        self._need(2)
        size, at = self._buffer[1] & 127, 2
        if size >= 126:
            at = 4 if size == 126 else 10
            self._need(at)
            size = int.from_bytes(self._buffer[2:at], "big")
        self._need(at + size)
        opcode = self._buffer[0] & 15
        payload = bytes(self._buffer[at : at + size])
        del self._buffer[: at + size]
        return opcode, payload

    def _need(self, count: int) -> None:
        while len(self._buffer) < count:
            self._receive()

    def set_timeout(self, seconds: float) -> None:
        """Let reads raise TimeoutError after so long."""
        self._socket.settimeout(seconds)

    def close(self) -> None:
        self._socket.close()
