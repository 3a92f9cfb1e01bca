"""Stand-ins that drive a session without a socket: a stream whose far end the test plays, and a
viewer."""

import asyncio
from typing import Any

from terminal.session import Session
from terminal.wire import ptyd_frames
from terminal.wire.control_frames import Resume
from terminal.wire.dialect import Dialect, Message
from terminal.wire.drydock_v1 import DrydockDialect
from tests.support.waiting import settle

START = Resume()


class FakeStream:
    """Decode what the session writes into `frames`; let it read what the test feeds."""

    def __init__(self) -> None:
        self.frames: list[ptyd_frames.Frame] = []
        self.closed = False
        self._decoder = ptyd_frames.FrameDecoder()
        self.full, self.drained = asyncio.Event(), asyncio.Event()
        self.drained.set()
        self._incoming: asyncio.Queue[bytes] = asyncio.Queue()

    def feed(self, *frames: bytes) -> None:
        self._incoming.put_nowait(b"".join(frames))

    def end(self) -> None:
        self._incoming.put_nowait(b"")

    async def read(self) -> bytes:
        return await self._incoming.get()

    def write(self, data: bytes) -> None:
        self.frames += self._decoder.feed(data)

    def is_full(self) -> bool:
        return self.full.is_set()

    async def drain(self) -> None:
        await self.drained.wait()

    def fill(self) -> None:
        """Take no more, as a PTY server whose program does not read."""
        self.full.set()
        self.drained.clear()

    def empty(self) -> None:
        self.full.clear()
        self.drained.set()

    async def close(self) -> None:
        self.closed = True

    def kinds(self) -> bytes:
        return b"".join(frame.type for frame in self.frames)

    def payloads(self, kind: bytes) -> list[bytes]:
        return [frame.payload for frame in self.frames if frame.type == kind]


class FakeViewer:
    """Collects what the session sends; `say` gives it a message, `leave` ends it."""

    def __init__(self) -> None:
        self.heard: list[Message] = []
        self._messages: asyncio.Queue[Message | None] = asyncio.Queue()

    def say(self, message: Message) -> None:
        self._messages.put_nowait(message)

    def leave(self) -> None:
        self._messages.put_nowait(None)

    async def receive(self) -> Message | None:
        return await self._messages.get()

    async def send(self, message: Message) -> None:
        self.heard.append(message)

    @property
    def output(self) -> bytes:
        return b"".join(message for message in self.heard if isinstance(message, bytes))


def hello(
    seq: int = 0, *, epoch: int = 7, reset: bool = False, end: int | None = None, **fields: Any
) -> bytes:
    end = seq if end is None else end
    size = {"cols": 80, "rows": 24} | fields
    return ptyd_frames.Hello(epoch=epoch, seq=seq, reset=reset, end=end, **size).encode()


def turn(leads: bool) -> bytes:
    return ptyd_frames.encode(ptyd_frames.TURN, bytes([leads]))


def output(data: bytes) -> bytes:
    return ptyd_frames.encode(ptyd_frames.OUTPUT, data)


class RunningSession:
    """Run a session until the test leaves the block."""

    def __init__(
        self,
        dialect: Dialect | None = None,
        *,
        resume: Resume = START,
        greet: bool = True,
        **options: Any,
    ) -> None:
        self.stream, self.viewer = FakeStream(), FakeViewer()
        self._session = Session(
            self.stream, dialect or DrydockDialect(), self.viewer.send, **options
        )
        self._resume, self._greet = resume, greet

    async def __aenter__(self) -> "RunningSession":
        self.task = asyncio.create_task(self._session.run(self._resume, self.viewer.receive))
        if self._greet:
            self.stream.feed(hello())
            await settle(lambda: self._session._greeted)
        return self

    async def __aexit__(self, *failure: object) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)

    def tick(self) -> None:
        self._session.tick()

    async def ended(self) -> None:
        async with asyncio.timeout(2):
            await self.task
