"""One viewer of one terminal: between a websocket, of which it knows two functions, and a Stream to the PTY server.

The PTY server does what has to outlive a connection: it numbers bytes, holds the ring, counts credit. A session
translates, and trusts neither side: what the browser sends is checked in protocol.py, what the machine sends here.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Literal, Protocol

from terminal.errors import (
    InputOverflow,
    MachineGarbled,
    MachineUnreachable,
    TerminalError,
    TooManyViewers,
    ViewerTooSlow,
)
from terminal.transports.stream import Stream
from terminal.wire import ptyd_frames
from terminal.wire.control_frames import Ack, Control, Ping, Resize, Resume

Role = Literal["owner", "watch", "help"]

# Bytes under way to a viewer that it has not acknowledged; the PTY server holds back the rest.
WINDOW = 256 * 1024
# The PTY server drops a connection that is silent for 90 s.
KEEPALIVE_SECONDS = 25.0
HELLO_SECONDS = 10.0
# Dragging a window's edge gives a size every 16 ms and programs redraw for each: only the last of a moment is sent.
RESIZE_SECONDS = 0.05
# A client that acknowledges nothing by itself is taken to have rendered what its socket took, told every so many bytes.
AUTO_ACK_BYTES = 64 * 1024

_PTYD_ERRORS: dict[bytes, type[TerminalError]] = {
    b"slow": ViewerTooSlow,
    b"busy": TooManyViewers,
    b"input-overflow": InputOverflow,
}

Message = str | bytes


class Dialect(Protocol):
    """What a client's messages look like. A method that answers with an empty message has nothing to say."""

    @property
    def acknowledges(self) -> bool:
        """Whether the client sends acks."""

    def read(self, text: str) -> Control | None:
        """What a text message asks for. Raises BadFrame."""

    def hello(self, hello: ptyd_frames.Hello, role: Role) -> Message: ...

    def output(self, data: bytes) -> Message: ...

    def size(self, cols: int, rows: int) -> Message: ...

    def exit(self, code: int) -> Message: ...

    def pong(self) -> Message: ...

    def error(self, error: TerminalError) -> Message: ...


class Session:
    """Attach with `run`, which returns when the viewer has left and raises a TerminalError when it must go."""

    def __init__(
        self,
        stream: Stream,
        dialect: Dialect,
        send: Callable[[Message], Awaitable[None]],
        *,
        role: Role = "owner",
        terminal: str = "main",
        on_input: Callable[[], None] = lambda: None,
    ) -> None:
        self._stream = stream
        self._dialect = dialect
        self._send = send
        self._role = role
        self._terminal = terminal
        self._on_input = on_input
        self._decoder = ptyd_frames.FrameDecoder()
        self._greeted = False
        self._seq = 0  # the number of the next byte down
        self._acked = 0
        self._pings_unanswered = 0
        self._ticks_sending = 0
        self._sending = False
        self._size: Resize | None = None  # waits to be passed on
        self._size_timer: asyncio.TimerHandle | None = None

    async def run(self, resume: Resume, receive: Callable[[], Awaitable[Message | None]]) -> None:
        """Serve the viewer; `receive` gives its messages, None once it has left."""
        self._attach(resume)
        up = asyncio.create_task(self._pump_up(receive))
        down = asyncio.create_task(self._pump_down())
        try:
            await self._until_one_ends(up, down)
        finally:
            up.cancel()
            down.cancel()
            await asyncio.gather(up, down, return_exceptions=True)
            await self._detach()

    async def _until_one_ends(self, up: "asyncio.Task[None]", down: "asyncio.Task[None]") -> None:
        done: set[asyncio.Task[None]] = set()
        while not done:
            done, _ = await asyncio.wait((up, down), timeout=KEEPALIVE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if not done:
                self.tick()
        # The viewer's leaving comes first: whatever else went wrong then is nobody's concern.
        (up if up in done else down).result()

    def _attach(self, resume: Resume) -> None:
        attach = ptyd_frames.Attach(
            name=self._terminal,
            cols=resume.cols,
            rows=resume.rows,
            window=WINDOW,
            epoch=resume.epoch,
            seq=resume.seq,
            read_only=self._role == "watch",
        )
        self._stream.write(attach.encode())

    async def _detach(self) -> None:
        if self._size_timer is not None:
            self._size_timer.cancel()
        self._stream.write(ptyd_frames.encode(ptyd_frames.DETACH))
        await self._stream.close()

    def tick(self) -> None:
        """Every KEEPALIVE_SECONDS: show the PTY server that we live, and see whether both sides do."""
        if self._pings_unanswered >= 2:
            raise MachineUnreachable
        self._ticks_sending = self._ticks_sending + 1 if self._sending else 0
        if self._ticks_sending > 2:
            raise ViewerTooSlow
        self._pings_unanswered += 1
        self._stream.write(ptyd_frames.encode(ptyd_frames.PING))

    # From the viewer.

    async def _pump_up(self, receive: Callable[[], Awaitable[Message | None]]) -> None:
        while (message := await receive()) is not None:
            if isinstance(message, bytes):
                await self._input(message)
            else:
                await self._control(self._dialect.read(message))

    async def _input(self, data: bytes) -> None:
        if self._role == "watch" or not data:
            return
        self._pass_size_on()
        for start in range(0, len(data), ptyd_frames.MAX_PAYLOAD):
            self._stream.write(ptyd_frames.encode(ptyd_frames.INPUT, data[start : start + ptyd_frames.MAX_PAYLOAD]))
            await self._stream.drain()
        self._on_input()

    async def _control(self, control: Control | None) -> None:
        if isinstance(control, Ack):
            self._ack(control.seq)
        elif isinstance(control, Resize | Resume):
            # A second resume can only be a client's mistake; its size is as good as any.
            self._resize(Resize(control.cols, control.rows))
        elif isinstance(control, Ping):
            await self._send(self._dialect.pong())

    def _ack(self, seq: int) -> None:
        """Pass an ack on, but never one for bytes that were not sent, which would make credit out of nothing."""
        seq = min(seq, self._seq)
        if self._greeted and seq > self._acked:
            self._acked = seq
            self._stream.write(ptyd_frames.encode(ptyd_frames.ACK, ptyd_frames.pack_ack(seq)))

    def _resize(self, size: Resize) -> None:
        """Pass the first size on at once, then the last one of every RESIZE_SECONDS."""
        if self._role == "watch":
            return
        self._size = size
        if self._size_timer is None:
            self._pass_size_on()
            self._size_timer = asyncio.get_running_loop().call_later(RESIZE_SECONDS, self._size_moment_over)

    def _size_moment_over(self) -> None:
        self._size_timer = None
        if self._size is not None:
            self._resize(self._size)

    def _pass_size_on(self) -> None:
        """Also before input, so that a program never reads a key typed at one size while it believes in another."""
        if self._size is not None:
            self._stream.write(
                ptyd_frames.encode(ptyd_frames.RESIZE, ptyd_frames.pack_resize(self._size.cols, self._size.rows))
            )
            self._size = None

    # From the machine.

    async def _pump_down(self) -> None:
        try:
            async with asyncio.timeout(HELLO_SECONDS):
                while not self._greeted:
                    await self._take(await self._stream.read())
        except TimeoutError:
            raise MachineUnreachable from None
        while True:
            await self._take(await self._stream.read())

    async def _take(self, data: bytes) -> None:
        if not data:
            raise MachineUnreachable
        try:
            frames = self._decoder.feed(data)
            await self._deliver(frames)
        except ptyd_frames.PtydProtocolError:
            raise MachineGarbled from None

    async def _deliver(self, frames: list[ptyd_frames.Frame]) -> None:
        """Outputs that came together leave as one message, the rest in its place between them."""
        output: list[bytes] = []
        for kind, payload in frames:
            if kind == ptyd_frames.OUTPUT and self._greeted:
                output.append(payload)
                continue
            if output:
                await self._deliver_output(output)
                output = []
            await self._deliver_event(kind, payload)
        if output:
            await self._deliver_output(output)

    async def _deliver_output(self, pieces: list[bytes]) -> None:
        data = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        self._seq += len(data)
        await self._tell(self._dialect.output(data))
        if not self._dialect.acknowledges and self._seq - self._acked >= AUTO_ACK_BYTES:
            self._ack(self._seq)

    async def _tell(self, message: Message) -> None:
        if message:
            self._sending = True
            await self._send(message)
            self._sending = False

    async def _deliver_event(self, kind: bytes, payload: bytes) -> None:
        if kind == ptyd_frames.ERROR:
            raise _PTYD_ERRORS.get(payload, MachineGarbled)()
        if (kind == ptyd_frames.HELLO) == self._greeted:
            raise MachineGarbled
        if kind == ptyd_frames.HELLO:
            await self._greet(ptyd_frames.Hello.parse(payload))
        elif kind == ptyd_frames.SIZE:
            await self._tell(self._dialect.size(*ptyd_frames.parse_size(payload)))
        elif kind == ptyd_frames.EXIT:
            await self._tell(self._dialect.exit(ptyd_frames.parse_exit(payload)))
        elif kind == ptyd_frames.PONG:
            self._pings_unanswered = 0
        else:
            raise MachineGarbled

    async def _greet(self, hello: ptyd_frames.Hello) -> None:
        self._greeted = True
        self._seq = self._acked = hello.seq
        await self._tell(self._dialect.hello(hello, self._role))
