"""A session tells its viewer whether to answer, and the PTY server what was typed and what not."""

import json
from typing import Any

import pytest

from terminal.wire import ptyd_frames
from terminal.wire.django_xterm import XtermDialect
from tests.support.terminal.terminal_fakes import RunningSession, hello, output, turn
from tests.support.waiting import settle

pytestmark = pytest.mark.asyncio

REPLIES = [
    b"\x1b[12;40R",
    b"\x1b[?12;40;1R",
    b"\x1b[?1;2c",
    b"\x1b[>0;276;0c",
    b"\x1bP!|00000000\x1b\\",
    b"\x1b[0n",
    b"\x1b[?2004;1$y",
    b"\x1b[4;2$y",
    b"\x1bP1$r1;24r\x1b\\",
    b"\x1b]11;rgb:0000/0000/0000\x1b\\",
    b"\x1b]4;1;rgb:cccc/0000/0000\x07",
    b"\x1bP>|xterm.js(6.0.0)\x1b\\",
    b"\x1b[8;24;80t",
    b"\x1b[?0u",
    b"\x1b[I",
    b"\x1b[O",
    b"\x1b[<35;10;20M",
    b"\x1b[<51;10;20M",
    b"\x1b[MC!!",
    b"\x1b[67;10;20M",
    b"\x1b[1;1R\x1b[?1;2c",
]
KEYS = [
    b"a",
    b"\r",
    b"\x1b",
    b"\x1b[A",
    b"\x1bOP",
    b"\x1b[15~",
    b"\x1b[1;5C",
    b"\x1b[I am typed",
    b"\x1bP",
    b"\x1b]",
    b"\x1b[200~\x1b[1;1R\x1b[201~",
    b"\x1b[<0;10;20M",
    b"\x1b[<0;10;20m",
    b"\x1b[<32;10;20M",
    b"\x1b[<64;10;20M",
    b"\x1b[M !!",
    b"\x1b[1;1Rls\r",
]


async def heard_by(it: RunningSession, count: int) -> list[Any]:
    await settle(lambda: len(it.viewer.heard) == count)
    return [json.loads(each) if isinstance(each, str) else each for each in it.viewer.heard]


async def test_a_turn_is_told_at_its_place_in_the_stream():
    async with RunningSession() as it:
        it.stream.feed(output(b"a"), turn(True), output(b"b"), turn(False), output(b"c"))
        heard = await heard_by(it, 6)
    assert heard[1:] == [
        b"a",
        {"type": "turn", "leads": True},
        b"b",
        {"type": "turn", "leads": False},
        b"c",
    ]


async def test_an_older_machine_lets_every_viewer_answer():
    async with RunningSession(greet=False) as it:
        it.stream.feed(hello(tells_turns=False))
        heard = await heard_by(it, 2)
        it.viewer.say(b"\x1b[1;1R")
        await settle(lambda: it.stream.payloads(ptyd_frames.INPUT) != [])
    assert heard[1] == {"type": "turn", "leads": True}
    assert it.stream.payloads(ptyd_frames.REPLY) == []


async def test_a_watcher_of_an_older_machine_answers_nothing():
    async with RunningSession(role="watch", greet=False) as it:
        it.stream.feed(hello(tells_turns=False), output(b"x"))
        assert len(await heard_by(it, 2)) == 2


@pytest.mark.parametrize("data", REPLIES)
async def test_what_a_terminal_says_of_itself_was_not_typed(data):
    typed = []
    async with RunningSession(on_input=lambda: typed.append(1)) as it:
        it.viewer.say(data)
        await settle(lambda: it.stream.payloads(ptyd_frames.REPLY) == [data])
    assert it.stream.payloads(ptyd_frames.INPUT) == []
    assert typed == []


@pytest.mark.parametrize("data", KEYS)
async def test_what_somebody_enters_was_typed(data):
    async with RunningSession() as it:
        it.viewer.say(data)
        await settle(lambda: it.stream.payloads(ptyd_frames.INPUT) == [data])
    assert it.stream.payloads(ptyd_frames.REPLY) == []


async def test_a_watchers_replies_go_nowhere():
    async with RunningSession(role="watch") as it:
        it.viewer.say(b"\x1b[1;1R")
        it.viewer.say('{"type":"ping"}')
        await settle(lambda: '{"type":"pong"}' in it.viewer.heard)
    assert it.stream.kinds() == ptyd_frames.ATTACH + ptyd_frames.DETACH


async def test_modes_come_with_the_hello():
    async with RunningSession(greet=False) as it:
        it.stream.feed(hello(900, reset=True, modes="\x1b[?1049h"))
        [greeting] = await heard_by(it, 1)
    assert greeting["modes"] == "\x1b[?1049h"


@pytest.mark.parametrize("side", [0, 1001, 65535])
async def test_a_machines_size_is_brought_into_bounds(side):
    bounded = max(1, min(side, 1000))
    async with RunningSession(greet=False) as it:
        size = ptyd_frames.encode(ptyd_frames.SIZE, ptyd_frames.pack_resize(side, side))
        it.stream.feed(hello(cols=side, rows=side), size)
        greeting, change = await heard_by(it, 2)
    assert (greeting["cols"], greeting["rows"]) == (bounded, bounded)
    assert change == {"type": "size", "cols": bounded, "rows": bounded}


async def test_a_client_of_django_xterm_sees_only_its_own_questions():
    async with RunningSession(XtermDialect(), greet=False) as it:
        it.stream.feed(hello(end=6), output(b"a\x1b[6nb\x1b[6nc"), turn(True), output(b"\x1b[6n"))
        it.stream.feed(turn(False), output(b"\x1b[6nd"))
        await settle(lambda: "".join(map(str, it.viewer.heard)).endswith("d"))
    assert "".join(map(str, it.viewer.heard)) == "abc\x1b[6nd"
