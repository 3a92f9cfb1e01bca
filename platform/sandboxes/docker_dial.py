"""Programs in a machine whose input and output are ours: exec'd by the engine, in Python without a terminal."""

import contextlib
import socket
from collections.abc import Sequence
from typing import Any, cast

import docker

from sandboxes.docker_api import engine_errors
from sandboxes.engine import PTY_DIAL

HEADER = 8
STDOUT = 1


class ExecStream:
    """An exec'd program, as a Dial (engine.py). The engine puts 8 bytes before each piece of output: stream number,
    three zeros, length as a big-endian u32
    (https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/ContainerAttach)."""

    def __init__(self, api: docker.APIClient, container_id: str, command: Sequence[str]) -> None:
        with engine_errors():
            made = api.exec_create(container_id, list(command), stdin=True)
            # The stream keeps the response, and that the socket.
            self._stream: Any = api.exec_start(made["Id"], socket=True)
        self._socket = cast("socket.socket", getattr(self._stream, "_sock", self._stream))
        self._waiting = bytearray()

    def send(self, data: bytes) -> None:
        with engine_errors():
            self._socket.sendall(data)

    def end_input(self) -> None:
        """Let the program see the end of its input; what it says comes all the same."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)

    def receive(self, seconds: float) -> bytes:
        self._socket.settimeout(seconds)
        while (piece := self._next_piece()) is None:
            if not self._fill():
                return b""
        return piece

    def close(self) -> None:
        self.end_input()  # the relaying program ends at the end of its input
        self._stream.close()

    def _fill(self) -> bool:
        try:
            got = self._socket.recv(65536)
        except TimeoutError:
            raise
        except OSError:
            return False
        self._waiting += got
        return bool(got)

    def _next_piece(self) -> bytes | None:
        """The next whole piece of standard output, or None when more bytes are needed."""
        while len(self._waiting) >= HEADER:
            end = HEADER + int.from_bytes(self._waiting[4:HEADER], "big")
            if len(self._waiting) < end:
                return None
            piece, wanted = bytes(self._waiting[HEADER:end]), self._waiting[0] == STDOUT
            del self._waiting[:end]
            if wanted and piece:
                return piece
        return None


def open_dial(api: docker.APIClient, container_id: str, path: str, *, wait_seconds: float) -> ExecStream:
    """A relay to a unix socket in the machine, which may take so long to appear."""
    return ExecStream(api, container_id, [*PTY_DIAL, path, "--wait", str(int(wait_seconds * 1000))])
