"""Serve a viewer of a terminal.

A session stands between a websocket, of which it knows two functions, and a Stream to the PTY
server. The PTY server does what has to outlive a connection: it numbers bytes, holds the ring,
counts credit. A session translates, and trusts neither side: what the browser sends is checked in
wire/control_frames.py, what the machine sends here.
"""

import asyncio
from collections.abc import Awaitable, Callable

from core.budgets import MACHINE
from terminal.errors import (
    InputOverflow,
    MachineGarbled,
    MachineUnreachable,
    TerminalError,
    TooManyViewers,
    ViewerTooSlow,
)
from terminal.pacing import MachinePace
from terminal.transports.stream import Stream
from terminal.wire import ptyd_frames
from terminal.wire.control_frames import Ack, Control, Ping, Resize, Resume
from terminal.wire.dialect import WINDOW, Dialect, Message, Role
from terminal.wire.questions import is_reply

# The PTY server drops a connection that is silent for 90 s.
KEEPALIVE_SECONDS = 25.0
HELLO_SECONDS = 10.0
# Dragging a window's edge gives a size every 16 ms and programs redraw for each: only the last of a
# moment is sent.
RESIZE_SECONDS = 0.05
# A client that acknowledges nothing by itself is taken to have rendered what its socket took, told
# every so many bytes.
AUTO_ACK_BYTES = 64 * 1024
# How often a page hears that we live while nothing that it sends is read, its pings included.
HELD_PONG_SECONDS = 3.0

PTYD_ERRORS: dict[bytes, type[TerminalError]] = {
    b"slow": ViewerTooSlow,
    b"busy": TooManyViewers,
    b"input-overflow": InputOverflow,
}


class Session:
    """Attach a viewer with `run`.

    It returns when the viewer has left, and raises a TerminalError when the viewer must go.
    """

    def __init__(
        self,
        stream: Stream,
        dialect: Dialect,
        send: Callable[[Message], Awaitable[None]],
        *,
        role: Role = "owner",
        terminal: str = "main",
        on_input: Callable[[], None] = lambda: None,
        pace: MachinePace | None = None,
        on_output: Callable[[], None] = lambda: None,
    ) -> None:
        self._stream = stream
        self._dialect = dialect
        self._send = send
        self._role = role
        self._terminal = terminal
        self._on_input = on_input
        self._pace = pace or MachinePace()
        self._on_output = on_output
        self._decoder = ptyd_frames.FrameDecoder()
        self._greeted = False
        self._tells_turns = False  # as the PTY server of a machine from before 0.2 does not
        self._seq = 0  # the number of the next byte down
        self._acked = 0
        self._credit = asyncio.Event()  # set when the viewer may be sent more than before
        self._holding = False  # the program does not read, so we don't read from the viewer
        self._old_until = 0  # what lies before was printed before this viewer came
        self._pings_unanswered = 0
        self._ticks_sending = 0
        self._sending = False
        self._size: Resize | None = None  # waits to be passed on
        self._size_timer: asyncio.TimerHandle | None = None

    async def run(self, resume: Resume, receive: Callable[[], Awaitable[Message | None]]) -> None:
        """Serve the viewer; `receive` gives its messages, None once it has left."""
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
        up = asyncio.create_task(self.pump_up(receive))
        down = asyncio.create_task(self.pump_down())
        done: set[asyncio.Task[None]] = set()
        try:
            while not done:
                done, _ = await asyncio.wait(
                    (up, down), timeout=KEEPALIVE_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
                if not done:
                    self.tick()
            # The viewer's leaving comes first: whatever else went wrong then is nobody's concern.
            (up if up in done else down).result()
        finally:
            up.cancel()
            down.cancel()
            await asyncio.gather(up, down, return_exceptions=True)
            if self._size_timer is not None:
                self._size_timer.cancel()
            self._stream.write(ptyd_frames.encode(ptyd_frames.DETACH))
            await self._stream.close()

    def tick(self) -> None:
        """Show the PTY server that we live, and see whether both sides do.

        It is called every KEEPALIVE_SECONDS.
        """
        if self._pings_unanswered >= 2 and not self._holding:
            raise MachineUnreachable
        self._ticks_sending = self._ticks_sending + 1 if self._sending else 0
        if self._ticks_sending > 2:
            raise ViewerTooSlow
        if self._holding:
            return  # it would wait behind the input; the PTY server knows that we can't speak
        self._pings_unanswered += 1
        self._stream.write(ptyd_frames.encode(ptyd_frames.PING))

    # From the viewer.

    async def pump_up(self, receive: Callable[[], Awaitable[Message | None]]) -> None:
        while (message := await receive()) is not None:
            if isinstance(message, bytes):
                await self.take_input(message)
            else:
                await self.take_control(self._dialect.read(message))

    async def take_input(self, data: bytes) -> None:
        if self._role == "watch" or not data:
            return
        if self._tells_turns and is_reply(data):
            await self.pass_on(ptyd_frames.REPLY, data)
            return
        self.send_size()
        for start in range(0, len(data), ptyd_frames.MAX_PAYLOAD):
            piece = data[start : start + ptyd_frames.MAX_PAYLOAD]
            await self.pass_on(ptyd_frames.INPUT, piece)
        self._on_input()

    async def pass_on(self, kind: bytes, data: bytes) -> None:
        self._stream.write(ptyd_frames.encode(kind, data))
        if self._stream.is_full():
            await self.hold()

    async def hold(self) -> None:
        """Wait until the program has read more of its input; nothing is read from the viewer.

        Its acknowledgements wait unread as well, so what its socket takes counts as rendered. A
        program that answers its input would else wait for us, and we for the program.
        """
        self._holding = True
        self._credit.set()
        try:
            drained = asyncio.ensure_future(self._stream.drain())
            while not (await asyncio.wait((drained,), timeout=HELD_PONG_SECONDS))[0]:
                await self.tell(self._dialect.pong())
        finally:
            drained.cancel()
            self._holding = False
        self._stream.write(ptyd_frames.encode(ptyd_frames.ACK, ptyd_frames.pack_ack(self._acked)))

    async def take_control(self, control: Control | None) -> None:
        if isinstance(control, Ack):
            self.acknowledge(control.seq)
        elif isinstance(control, Resize | Resume):
            # A second resume can only be a client's mistake; its size is as good as any.
            self.resize(Resize(control.cols, control.rows))
        elif isinstance(control, Ping):
            await self._send(self._dialect.pong())

    def acknowledge(self, seq: int) -> None:
        """Pass an ack on, but never for bytes that were not sent.

        That would make credit out of nothing.
        """
        seq = min(seq, self._seq)
        if self._greeted and seq > self._acked:
            self._acked = seq
            self._credit.set()
            if self._holding:
                return
            self._stream.write(ptyd_frames.encode(ptyd_frames.ACK, ptyd_frames.pack_ack(seq)))

    def resize(self, size: Resize) -> None:
        """Pass the first size on at once, then the last size of every RESIZE_SECONDS."""
        if self._role == "watch":
            return
        self._size = size
        if self._size_timer is None:
            self.send_size()
            self._size_timer = asyncio.get_running_loop().call_later(
                RESIZE_SECONDS, self.resize_again
            )

    def resize_again(self) -> None:
        self._size_timer = None
        if self._size is not None:
            self.resize(self._size)

    def send_size(self) -> None:
        """Send the size that waits.

        Also before input, so that a program never reads a key typed at a size while it believes in
        another size.
        """
        if self._size is not None:
            self._stream.write(
                ptyd_frames.encode(
                    ptyd_frames.RESIZE, ptyd_frames.pack_resize(self._size.cols, self._size.rows)
                )
            )
            self._size = None

    # From the machine.

    async def pump_down(self) -> None:
        try:
            async with asyncio.timeout(HELLO_SECONDS):
                while not self._greeted:
                    await self.take_data(await self._stream.read())
        except TimeoutError:
            raise MachineUnreachable from None
        while True:
            await self.take_data(await self._stream.read())

    async def take_data(self, data: bytes) -> None:
        if not data:
            raise MachineUnreachable
        try:
            self._decoder.push(data)
            while frames := self._decoder.take(MACHINE.frames_a_turn):
                await self.deliver(frames)
                pause = self._pace.charge(frames)
                if pause or len(frames) == MACHINE.frames_a_turn:
                    await asyncio.sleep(pause)
        except ptyd_frames.PtydProtocolError:
            raise MachineGarbled from None

    async def deliver(self, frames: list[ptyd_frames.Frame]) -> None:
        """Send what came, in its order; outputs that came together leave as a single message."""
        output: list[bytes] = []
        for kind, payload in frames:
            if kind == ptyd_frames.OUTPUT and self._greeted:
                output.append(payload)
                continue
            if output:
                await self.deliver_output(output)
                output = []
            await self.deliver_event(kind, payload)
        if output:
            await self.deliver_output(output)

    async def deliver_output(self, pieces: list[bytes]) -> None:
        data = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        await self.await_credit()
        self._seq += len(data)
        if self._seq > self._old_until:
            self._on_output()
        await self.tell(self._dialect.output(data))
        is_heard = self._dialect.acknowledges and not self._holding
        if not is_heard and self._seq - self._acked >= AUTO_ACK_BYTES:
            self.acknowledge(self._seq)

    async def await_credit(self) -> None:
        """Wait while the viewer has not acknowledged a whole window.

        The PTY server counts for itself, so only a machine that sends on regardless gets here.
        """
        while self._seq - self._acked >= WINDOW and not self._holding:
            self._credit.clear()
            await self._credit.wait()

    async def tell(self, message: Message) -> None:
        if message:
            self._sending = True
            await self._send(message)
            self._sending = False

    async def deliver_event(self, kind: bytes, payload: bytes) -> None:
        if kind == ptyd_frames.ERROR:
            raise PTYD_ERRORS.get(payload, MachineGarbled)()
        if (kind == ptyd_frames.HELLO) == self._greeted:
            raise MachineGarbled
        if kind == ptyd_frames.HELLO:
            await self.greet(ptyd_frames.Hello.parse(payload))
        elif kind == ptyd_frames.SIZE:
            await self.tell(self._dialect.size(*ptyd_frames.parse_size(payload)))
        elif kind == ptyd_frames.TURN:
            await self.tell(self._dialect.turn(ptyd_frames.parse_turn(payload)))
        elif kind == ptyd_frames.EXIT:
            await self.tell(self._dialect.exit(ptyd_frames.parse_exit(payload)))
        elif kind == ptyd_frames.PONG:
            self._pings_unanswered = 0
        else:
            raise MachineGarbled

    async def greet(self, hello: ptyd_frames.Hello) -> None:
        self._greeted = True
        self._seq = self._acked = hello.seq
        self._tells_turns = hello.tells_turns
        self._old_until = hello.end
        await self.tell(self._dialect.hello(hello, self._role))
        if not hello.tells_turns and self._role != "watch":
            # Its PTY server knows no turns, so every viewer answers, and sets the size.
            await self.tell(self._dialect.turn(True))
