"""Speak drydock.v1, the protocol between a page and a machine's terminal.

`TerminalStream` is the client's half of the protocol without any I/O. `TerminalClient` drives it
over a blocking websocket, `AsyncTerminalClient` over an asyncio one beside a server in the same
loop; the benchmarks measure with it, too.
"""

import asyncio
import json
import time
from typing import Any, Self

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from tests.support.clients.websocket import WebSocket
from tests.support.waiting import ESCAPES, PATIENCE_SECONDS, wait_for

SUBPROTOCOL = "drydock.v1"


class TerminalStream:
    """Follow a terminal's output by number.

    `output` begins at byte `start` and `seq` is the number of the next byte; `messages` are the
    control frames that came. Output is acknowledged whenever `ack_bytes` are due, never with 0.
    """

    def __init__(self, *, ack_bytes: int = 1, keeps_output: bool = True) -> None:
        self.output = bytearray()
        self.seq = 0
        self.epoch = ""
        self.hello: dict[str, Any] = {}
        self.resets = 0
        self.messages: list[dict[str, Any]] = []
        self.ack_bytes, self._keeps_output = ack_bytes, keeps_output
        self._acked = 0

    @property
    def start(self) -> int:
        """The number of output[0]."""
        return self.seq - len(self.output)

    def resume(self, cols: int = 80, rows: int = 24) -> dict[str, Any]:
        """Make the first message of a connection, which asks for what has not come yet."""
        epoch = {"epoch": self.epoch} if self.epoch else {}
        return {"type": "resume", "seq": self.seq, "cols": cols, "rows": rows, **epoch}

    def take_control(self, text: str | bytes) -> dict[str, Any]:
        """Take in a control frame; return its fields."""
        fields: dict[str, Any] = json.loads(text)
        self.messages.append(fields)
        if fields["type"] == "hello":
            self.hello, self.epoch = fields, fields["epoch"]
            if fields["reset"]:
                self.output.clear()
                self.resets += 1
            self.seq = self._acked = fields["seq"]
        return fields

    def take_output(self, data: bytes) -> dict[str, Any] | None:
        """Take in output; return the acknowledgement if one is due."""
        self.seq += len(data)
        if self._keeps_output:
            self.output += data
        if not self.ack_bytes or self.seq - self._acked < self.ack_bytes:
            return None
        self._acked = self.seq
        return {"type": "ack", "seq": self.seq}


class TerminalClient:
    """Type and read in a machine's terminal, and come back where the connection stopped.

    `path` is the terminal's, `cookie` signs in; the server listens on `port` of this host.
    """

    def __init__(
        self, port: int, path: str, *, cookie: str, cols: int = 100, rows: int = 30
    ) -> None:
        self.stream = TerminalStream()
        self._port, self._path, self._cookie = port, path, cookie
        self._cols, self._rows = cols, rows
        self.connect()

    @property
    def output(self) -> bytearray:
        return self.stream.output

    @property
    def seq(self) -> int:
        return self.stream.seq

    @property
    def start(self) -> int:
        return self.stream.start

    @property
    def epoch(self) -> str:
        return self.stream.epoch

    @property
    def resets(self) -> int:
        return self.stream.resets

    def another(self) -> "TerminalClient":
        """Open the same terminal for a client that has nothing yet."""
        return TerminalClient(
            self._port, self._path, cookie=self._cookie, cols=self._cols, rows=self._rows
        )

    def connect(self) -> None:
        """Open the websocket and resume. Raises OSError, WebSocketClosed."""
        self._socket = WebSocket(
            self._port, self._path, subprotocol=SUBPROTOCOL, cookie=self._cookie, seconds=30
        )
        before = self.seq
        self._socket.say(**self.stream.resume(self._cols, self._rows))
        while True:
            opcode, payload = self._socket.receive()
            assert opcode == 1, "bytes came before hello"
            if self.stream.take_control(payload)["type"] == "hello":
                break
        hello = self.stream.hello
        assert hello["reset"] or hello["seq"] == before, f"{hello} for a client that has {before}"

    def reconnect(self, seconds: float = 60) -> None:
        """Come back with the last number, as often as it takes."""

        def back() -> bool:
            self.connect()
            return True

        wait_for(back, "the terminal coming back", seconds)

    def type(self, keys: str | bytes) -> None:
        self._socket.send(keys.encode() if isinstance(keys, str) else keys)

    def read(self) -> None:
        """Take one message."""
        opcode, payload = self._socket.receive()
        if opcode == 2 and (ack := self.stream.take_output(payload)):
            self._socket.say(**ack)

    def until(self, mark: str | bytes, after: int = 0) -> bytes:
        """Read until `mark` has come at or after byte number `after`; return all since then."""
        expected = mark.encode() if isinstance(mark, str) else mark
        end = time.monotonic() + 60
        while expected not in self.output[max(0, after - self.start) :]:
            self._socket.deadline = end  # pings alone would keep its time-out from passing
            try:
                self.read()
            except TimeoutError:
                last = bytes(self.output[-300:])
                raise AssertionError(f"{mark!r} did not come; the last: {last!r}") from None
        self._socket.deadline = None
        return bytes(self.output[max(0, after - self.start) :])

    def quiet(self, seconds: float = 0.5) -> None:
        """Read until nothing has come for so long."""
        self._socket.set_timeout(seconds)
        try:
            while True:
                self.read()
        except TimeoutError:
            self._socket.set_timeout(30)

    def run(self, command: str) -> str:
        """Type a command at the prompt and return what it printed."""
        before = self.seq
        mark = f"done-{before}"
        self.type(f"{command}; printf '%s-%s\\n' done {before}\n")
        printed = self.until(f"{mark}\r\n", after=before).decode(errors="replace")
        output = printed.split("\n", 1)[1].rsplit(mark, 1)[0]
        return ESCAPES.sub("", output).replace("\r", "")

    def close(self) -> None:
        self._socket.close()


class AsyncTerminalClient:
    """Type and read in a terminal whose server runs in the same event loop."""

    def __init__(self, connection: ClientConnection, *, ack: bool = True) -> None:
        self.connection = connection
        self.stream = TerminalStream(ack_bytes=1 if ack else 0)

    @property
    def output(self) -> bytes:
        return bytes(self.stream.output)

    @property
    def seq(self) -> int:
        return self.stream.seq

    @property
    def epoch(self) -> str:
        return self.stream.epoch

    @property
    def hello(self) -> dict[str, Any]:
        return self.stream.hello

    @property
    def messages(self) -> list[dict[str, Any]]:
        return self.stream.messages

    async def start(self, *, seq: int = 0, epoch: str = "", cols: int = 80, rows: int = 24) -> Self:
        self.stream.seq, self.stream.epoch = seq, epoch
        await self.say(**self.stream.resume(cols, rows))
        async with asyncio.timeout(5):
            while not self.hello:
                await self.receive()
        return self

    async def say(self, **fields: Any) -> None:
        await self.connection.send(json.dumps(fields))

    async def type(self, keys: bytes) -> None:
        await self.connection.send(keys)

    async def receive(self) -> None:
        """Take one message. Raises ConnectionClosed."""
        message = await self.connection.recv()
        if isinstance(message, str):
            self.stream.take_control(message)
        elif ack := self.stream.take_output(message):
            await self.say(**ack)

    async def until(self, mark: bytes, seconds: float = 15) -> bytes:
        """Read until `mark` stands in the output; return all of that."""
        async with asyncio.timeout(seconds):
            while mark not in self.stream.output:
                await self.receive()
        return self.output

    async def until_message(self, kind: str) -> dict[str, Any]:
        """Read until a control frame of that type has come; return its fields."""
        async with asyncio.timeout(5):
            while not any(fields["type"] == kind for fields in self.messages):
                await self.receive()
        return next(fields for fields in self.messages if fields["type"] == kind)

    async def quiet(self, seconds: float = 0.3) -> None:
        """Read until nothing has come for so long."""
        while True:
            try:
                async with asyncio.timeout(seconds):
                    await self.receive()
            except TimeoutError:
                return

    async def close_code(self, seconds: float = PATIENCE_SECONDS) -> int:
        """Read on until the server closes; return its code."""
        async with asyncio.timeout(seconds):
            while True:
                try:
                    await self.receive()
                except ConnectionClosed as closed:
                    return closed.rcvd.code if closed.rcvd else 1006
