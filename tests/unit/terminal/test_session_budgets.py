"""What a machine may send through a session, and what a session does while a program does not read.

The PTY server is played by the test, as a student's own program would play it.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from core.budgets import MACHINE, Rate
from core.metering.pacing import Meter
from terminal.pacing import MachinePace
from terminal.session import Session
from terminal.wire import ptyd_frames
from terminal.wire.control_frames import Resume
from terminal.wire.dialect import WINDOW
from terminal.wire.drydock_v1 import DrydockDialect
from tests.support.terminal.terminal_fakes import FakeStream, FakeViewer, hello, output
from tests.support.waiting import settle

pytestmark = pytest.mark.asyncio

PONG = ptyd_frames.encode(ptyd_frames.PONG)
SIZE = ptyd_frames.encode(ptyd_frames.SIZE, b"\0\x50\0\x18")


class Attached:
    """A viewer with a machine, whose session runs."""

    def __init__(self, **options: Any) -> None:
        self.stream, self.viewer = FakeStream(), FakeViewer()
        self.session = Session(self.stream, DrydockDialect(), self.viewer.send, **options)


@asynccontextmanager
async def attached(**options: Any) -> AsyncIterator[Attached]:
    it = Attached(**options)
    task = asyncio.create_task(it.session.run(Resume(), it.viewer.receive))
    it.stream.feed(hello())
    await settle(lambda: it.viewer.heard)
    try:
        yield it
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def turns(count: int = 200) -> None:
    """Let the loop go round, without a moment in which a meter could fill."""
    for _ in range(count):
        await asyncio.sleep(0)


def still(rate: Rate) -> Meter:
    """A meter whose clock stands: nothing comes back after the burst."""
    return Meter(rate, lambda: 0.0)


class StillPace(MachinePace):
    def __init__(self) -> None:
        self._frames = still(MACHINE.frames)
        self._control_frames = still(MACHINE.control_frames)
        self._output_bytes = still(MACHINE.output_bytes)


async def test_tiny_outputs_are_read_at_a_rate():
    async with attached(pace=StillPace()) as it:
        it.stream.feed(*[output(b"x")] * 20_000)
        await turns()
        assert len(it.viewer.output) <= MACHINE.frames.burst + MACHINE.frames_a_turn
        assert len(it.viewer.output) >= MACHINE.frames.burst


async def test_everybody_else_gets_a_turn_between_a_machines_frames():
    async with attached() as it:
        it.stream.feed(*[output(b"x")] * 1_000)
        handled = []
        while len(it.viewer.output) < 1_000:
            await asyncio.sleep(0)
            handled.append(len(it.viewer.output))
        steps = [after - before for before, after in zip([0, *handled], handled, strict=False)]
        assert max(steps) <= MACHINE.frames_a_turn


@pytest.mark.parametrize("frame", [PONG, SIZE], ids=["pongs", "sizes"])
async def test_control_frames_are_read_at_a_rate_of_their_own(frame: bytes):
    async with attached(pace=StillPace()) as it:
        it.stream.feed(*[frame, output(b"x")] * 2_000)
        await turns()
        assert len(it.viewer.output) <= MACHINE.control_frames.burst + MACHINE.frames_a_turn


async def test_all_terminals_of_an_owner_share_what_machines_may_send():
    pace = StillPace()
    async with attached(pace=pace) as first, attached(pace=pace) as second:
        for it in (first, second):
            it.stream.feed(*[output(b"x")] * 20_000)
        await turns()
        handled = len(first.viewer.output) + len(second.viewer.output)
        assert handled < 1.5 * MACHINE.frames.burst


async def test_a_machine_that_ignores_its_viewers_credit_has_to_wait():
    piece = bytes(65536)
    async with attached() as it:
        for _ in range(32):
            it.stream.feed(output(piece))
        await turns()
        assert len(it.viewer.output) == WINDOW
        it.viewer.say(json.dumps({"type": "ack", "seq": 65536}))
        await settle(lambda: len(it.viewer.output) == WINDOW + 65536)


async def test_nothing_is_read_from_a_viewer_while_the_program_does_not_read():
    async with attached() as it:
        it.stream.fill()
        for _ in range(5):
            it.viewer.say(b"more")
        await turns()
        assert it.stream.payloads(ptyd_frames.INPUT) == [b"more"]
        it.stream.empty()
        await settle(lambda: len(it.stream.payloads(ptyd_frames.INPUT)) == 5)


async def test_output_goes_on_while_input_waits_and_is_acknowledged_afterwards():
    """The viewer's acknowledgements stand behind its input, where nobody reads them."""
    async with attached() as it:
        it.stream.fill()
        it.viewer.say(b"a paste")
        await turns()
        for _ in range(16):
            it.stream.feed(output(bytes(65536)))
        await settle(lambda: len(it.viewer.output) == 16 * 65536)
        assert not it.stream.payloads(ptyd_frames.ACK), "they would pile up behind the input"
        it.stream.empty()
        last = ptyd_frames.pack_ack(16 * 65536)
        await settle(lambda: it.stream.payloads(ptyd_frames.ACK)[-1:] == [last])


async def test_a_viewer_whose_pings_wait_behind_its_input_hears_that_we_live(monkeypatch):
    monkeypatch.setattr("terminal.session.HELD_PONG_SECONDS", 0.01)
    async with attached() as it:
        it.stream.fill()
        it.viewer.say(b"a paste")
        await settle(lambda: '{"type":"pong"}' in it.viewer.heard)


async def test_a_pty_server_that_is_not_asked_is_not_taken_for_dead():
    async with attached() as it:
        it.stream.fill()
        it.viewer.say(b"a paste")
        await turns()
        for _ in range(10):
            it.session.tick()
        assert not it.stream.payloads(ptyd_frames.PING)
