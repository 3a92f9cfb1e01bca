"""Speak ptyd's protocol, as viewers of a machine's terminals do.

`ViewerStream` is a viewer's half of the protocol without any I/O (runtime/ptyd/main.c has the
wire). `Viewer` drives it over a blocking unix socket, also wrongly, `Typist` types commands with
it, and `StreamViewer` drives it over one of the platform's own streams.
"""

import asyncio
import contextlib
import os
import re
import socket
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from terminal.transports.stream import Stream
from terminal.wire import ptyd_frames
from tests.support.waiting import ESCAPES, PATIENCE_SECONDS

WINDOW = 1 << 20
PING_SECONDS = 30
# What happens at a point of the stream, and how its payload is read.
EVENTS: dict[bytes, tuple[str, Callable[[bytes], Any]]] = {
    ptyd_frames.SIZE: ("size", ptyd_frames.parse_size),
    ptyd_frames.EXIT: ("exit", ptyd_frames.parse_exit),
    ptyd_frames.TURN: ("turn", ptyd_frames.parse_turn),
}
PROMPT = re.compile(r"[$#] ?\Z")


class ViewerStream:
    """Sort what comes from ptyd into `output`, `events`, `pongs` and `errors`."""

    def __init__(self) -> None:
        self.hello = ptyd_frames.Hello(0, 0, False, 0, 0, 0)
        self.output = bytearray()
        self.seq = 0  # the number of the next byte
        # ("size", "exit" or "turn", value), in stream order
        self.events: list[tuple[str, Any]] = []
        self.led: list[range] = []  # numbers of the bytes that were this viewer's to answer
        self.pongs: list[bytes] = []
        self.errors: list[bytes] = []
        self._decoder = ptyd_frames.FrameDecoder()

    @property
    def attached(self) -> bool:
        return bool(self.hello.epoch)

    @property
    def exits(self) -> list[int]:
        return [value for kind, value in self.events if kind == "exit"]

    @property
    def sizes(self) -> list[tuple[int, int]]:
        return [value for kind, value in self.events if kind == "size"]

    @property
    def turns(self) -> list[bool]:
        return [value for kind, value in self.events if kind == "turn"]

    def take(self, data: bytes) -> None:
        """Take in bytes. Raises PtydProtocolError, and AssertionError on a viewer's own frame."""
        for kind, payload in self._decoder.feed(data):
            match kind:
                case ptyd_frames.HELLO:
                    self.hello = ptyd_frames.Hello.parse(payload)
                    self.seq = self.hello.seq
                case ptyd_frames.OUTPUT:
                    self.take_output(payload)
                case ptyd_frames.PONG:
                    self.pongs.append(payload)
                case ptyd_frames.ERROR:
                    self.errors.append(payload)
                case _:
                    assert kind in EVENTS, f"ptyd sent {kind!r} {payload!r}"
                    name, parse = EVENTS[kind]
                    self.events.append((name, parse(payload)))

    def take_output(self, payload: bytes) -> None:
        self.output += payload
        if self.turns[-1:] == [True]:
            self.led.append(range(self.seq, self.seq + len(payload)))
        self.seq += len(payload)

    def ack(self) -> bytes:
        return ptyd_frames.encode(ptyd_frames.ACK, ptyd_frames.pack_ack(self.seq))


def input_frames(data: bytes) -> list[bytes]:
    """Cut what is typed into frames that ptyd takes."""
    size = ptyd_frames.MAX_PAYLOAD
    pieces = (data[at : at + size] for at in range(0, len(data), size))
    return [ptyd_frames.encode(ptyd_frames.INPUT, piece) for piece in pieces]


class Viewer:
    """Hold one connection to the socket of a PTY server."""

    def __init__(self, path: str | Path, *, acks: bool = True) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(PATIENCE_SECONDS)
        self.socket.connect(str(path))
        self.acks = acks
        self.ended = False
        self.stream = ViewerStream()

    @property
    def hello(self) -> ptyd_frames.Hello:
        return self.stream.hello

    @property
    def output(self) -> bytes:
        return bytes(self.stream.output)

    @property
    def seq(self) -> int:
        return self.stream.seq

    @property
    def events(self) -> list[tuple[str, Any]]:
        return self.stream.events

    @property
    def exits(self) -> list[int]:
        return self.stream.exits

    @property
    def sizes(self) -> list[tuple[int, int]]:
        return self.stream.sizes

    @property
    def turns(self) -> list[bool]:
        return self.stream.turns

    @property
    def leads(self) -> bool:
        """Whether it is this viewer's turn, as far as it has been told."""
        return self.turns[-1:] == [True]

    @property
    def errors(self) -> list[bytes]:
        return self.stream.errors

    @property
    def pongs(self) -> list[bytes]:
        return self.stream.pongs

    def send(self, type: bytes, payload: bytes = b"") -> None:
        self.socket.sendall(ptyd_frames.encode(type, payload))

    def attach(self, **fields: Any) -> ptyd_frames.Hello:
        """Attach, and wait for the answer or the end."""
        self.socket.sendall(ptyd_frames.Attach(**fields).encode())
        self.until(lambda: self.stream.attached or self.ended)
        return self.hello

    def type(self, data: bytes) -> None:
        for frame in input_frames(data):
            self.socket.sendall(frame)

    def reply(self, data: bytes) -> None:
        """Send what a terminal says of itself."""
        self.send(ptyd_frames.REPLY, data)

    def resize(self, cols: int, rows: int) -> None:
        self.send(ptyd_frames.RESIZE, ptyd_frames.pack_resize(cols, rows))

    def ack(self, seq: int | None = None) -> None:
        self.send(ptyd_frames.ACK, ptyd_frames.pack_ack(self.seq if seq is None else seq))

    def read(self) -> None:
        """Take in one read; mark the end of the stream."""
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            data = b""
        self.ended = not data
        self.stream.take(data)
        if self.acks and data and self.stream.attached:
            with contextlib.suppress(OSError):  # it has closed already; its reason is to be read
                self.ack()

    def until(self, condition: Callable[[], Any]) -> None:
        while not condition():
            assert not self.ended, f"ptyd closed: {self.errors}"
            self.read()

    def see(self, text: bytes) -> None:
        self.until(lambda: text in self.stream.output)

    def run(self, command: str) -> bytes:
        """Type a command, wait for its end, return what it printed (and its echo)."""
        before = len(self.output)
        mark = f"end{time.monotonic_ns()}"
        self.type(f"{command}; echo {mark[:4]}''{mark[4:]}\n".encode())
        self.see(mark.encode())
        return self.output[before : self.output.rindex(mark.encode())]

    def settle(self) -> None:
        """Take in all that ptyd had to send: a pong comes after it."""
        token = os.urandom(8)
        self.send(ptyd_frames.PING, token)
        self.until(lambda: token in self.pongs)

    def until_end(self) -> None:
        while not self.ended:
            self.read()

    def close(self) -> None:
        self.socket.close()


class Typist:
    """Use a terminal as a student does: type, and read the screen."""

    def __init__(self, path: str | Path, name: str = "main") -> None:
        self._viewer = Viewer(path)
        # A shell may start only now, so nothing is waited for: a machine says hello when it can.
        attach = ptyd_frames.Attach(name=name, cols=120, rows=40, window=WINDOW)
        self._viewer.socket.sendall(attach.encode())

    @property
    def output(self) -> bytearray:
        return self._viewer.stream.output

    def type(self, keys: str) -> None:
        self._viewer.type(keys.encode())

    def resize(self, columns: int, rows: int) -> None:
        self._viewer.resize(columns, rows)

    def until(self, mark: str, seconds: float = 60, after: int = 0) -> str:
        """Read until `mark` has come after byte `after` of the output; return all since then."""
        end = time.monotonic() + seconds
        while mark.encode() not in self.output[after:]:
            self._read_before(end, repr(mark))
        return self.output[after:].decode(errors="replace")

    def until_prompt(self, seconds: float = 60) -> None:
        """Wait until the output ends as prompts do."""
        end = time.monotonic() + seconds
        while not PROMPT.search(ESCAPES.sub("", self.output.decode(errors="replace"))):
            self._read_before(end, "a prompt")

    def run(self, command: str, seconds: float = 60) -> tuple[int, str]:
        """Type a command at the prompt; return its exit code and what it printed."""
        after, mark = len(self.output), uuid.uuid4().hex[:8]
        begin = f"printf '%s-%s.\\n' begin {mark}"
        self.type(f"{begin}; {command}; printf '%s-%s %s.\\n' done {mark} $?\n")
        report = re.compile(rf"begin-{mark}\.\r\n(.*)done-{mark} (\d+)\.\r\n", re.DOTALL)
        printed = self.until(f"done-{mark} ", seconds, after)
        while not (match := report.search(printed)):
            self._read()
            printed = self.output[after:].decode(errors="replace")
        return int(match[2]), ESCAPES.sub("", match[1]).replace("\r", "").strip()

    def say(self, command: str, seconds: float = 60) -> str:
        """Type a command that must succeed; return what it printed."""
        code, printed = self.run(command, seconds)
        assert code == 0, f"{command}: exit code {code}: {printed}"
        return printed

    def close(self) -> None:
        self._viewer.close()

    def _read_before(self, end: float, event: str) -> None:
        """Read once, with a ping from time to time: a viewer that is silent for long is dropped.

        Raises AssertionError once `end` has come.
        """
        while (left := end - time.monotonic()) > 0:
            self._viewer.socket.settimeout(min(PING_SECONDS, left))
            try:
                self._read()
                return
            except TimeoutError:
                self._viewer.send(ptyd_frames.PING)
        raise AssertionError(f"{event} did not come; the last: {bytes(self.output[-500:])!r}")

    def _read(self) -> None:
        self._viewer.read()
        assert not self._viewer.ended, f"the terminal's connection ended: {self._viewer.errors}"


class StreamViewer:
    """View a terminal over a Stream, and acknowledge what is read."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self._viewer = ViewerStream()

    @property
    def hello(self) -> ptyd_frames.Hello | None:
        return self._viewer.hello if self._viewer.attached else None

    @property
    def output(self) -> bytes:
        """Everything since the last `ready`."""
        return bytes(self._viewer.output)

    @property
    def seq(self) -> int:
        return self._viewer.seq

    @property
    def sizes(self) -> list[tuple[int, int]]:
        return self._viewer.sizes

    def attach(self, **fields: Any) -> None:
        self.stream.write(ptyd_frames.Attach(**fields).encode())

    def type(self, data: bytes) -> None:
        for frame in input_frames(data):
            self.stream.write(frame)

    async def ready(self) -> None:
        """Wait for the shell, and forget what earlier viewers left on the screen."""
        mark = uuid.uuid4().hex[:8]
        self.type(f"echo {mark[:4]}''{mark[4:]}\n".encode())
        await self.until(f"{mark}\r\n".encode())
        self._viewer.output.clear()

    async def until(self, mark: bytes, seconds: float = 15) -> bytes:
        """Read until `mark` stands in the output; return all of that."""
        async with asyncio.timeout(seconds):
            while mark not in self._viewer.output:
                self._take(await self.stream.read())
        return self.output

    async def until_end(self, seconds: float = 5) -> None:
        async with asyncio.timeout(seconds):
            while data := await self.stream.read():
                self._take(data)

    def _take(self, data: bytes) -> None:
        assert data, "the stream ended"
        self._viewer.take(data)
        if self._viewer.attached:
            self.stream.write(self._viewer.ack())
