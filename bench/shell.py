"""Measure a shell at the other end of a websocket."""

import time

from tests.support.clients.drydock_v1 import TerminalStream
from tests.support.clients.websocket import WebSocket

ACK_BYTES = 65536


class Terminal:
    """Type and read in a shell at the other end of a websocket.

    It is Drydock's, which is sent a `resume` and acknowledgements, or the relay's.
    """

    def __init__(self, socket: WebSocket, *, drydock: bool) -> None:
        self._socket = socket
        # The relay acknowledges nothing, so its output is only counted.
        self._stream = TerminalStream(ack_bytes=ACK_BYTES if drydock else 0, keeps_output=False)
        if drydock:
            socket.say(**self._stream.resume())
            while not self._stream.hello:
                opcode, payload = socket.receive()
                if opcode == 1:
                    self._stream.take_control(payload)

    def type(self, keys: bytes) -> None:
        self._socket.send(keys)

    def read(self) -> bytes:
        """Return the next output, acknowledged when 64 KiB are due."""
        while True:
            opcode, payload = self._socket.receive()
            if opcode == 2:
                break
        if ack := self._stream.take_output(payload):
            self._socket.say(**ack)
        return payload

    def read_until(self, mark: bytes) -> int:
        """Read until `mark` has come; return the number of bytes read."""
        tail, count = b"", 0
        while mark not in tail:
            data = self.read()
            count += len(data)
            tail = tail[-len(mark) :] + data
        return count

    def quiet(self, seconds: float = 0.2) -> None:
        """Read until nothing has come for so long."""
        self._socket.set_timeout(seconds)
        try:
            while True:
                self.read()
        except TimeoutError:
            self._socket.set_timeout(30)

    def echo_times(self, count: int) -> list[float]:
        """Return seconds from a key to its echo, one after another, at a shell's prompt.

        The line is given up with Ctrl-C.
        """
        times = []
        for index in range(count):
            key = b"abcdefgh"[index % 8 : index % 8 + 1]
            start = time.perf_counter()
            self.type(key)
            while key not in self.read():
                pass
            times.append(time.perf_counter() - start)
            if index % 60 == 59:
                self.type(b"\x15")  # a line that wraps echoes more
                self.quiet(0.05)
        self.type(b"\x03")
        self.quiet()
        return times
