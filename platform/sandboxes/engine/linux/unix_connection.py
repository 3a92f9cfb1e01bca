"""Speak over a unix socket on this host."""

import socket

from sandboxes.errors import EngineUnavailable


class UnixConnection:
    """Carry bytes over a unix socket, as a Connection (engine/interface.py)."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection

    def send(self, data: bytes) -> None:
        try:
            self.connection.sendall(data)
        except OSError as error:
            raise EngineUnavailable(str(error)) from error

    def receive(self, seconds: float) -> bytes:
        self.connection.settimeout(seconds)
        try:
            return self.connection.recv(65536)
        except TimeoutError:
            raise
        except OSError:
            return b""

    def close(self) -> None:
        self.connection.close()
