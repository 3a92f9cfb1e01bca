"""A session between a viewer and a PTY server, both played by the test."""

import asyncio
import json

import pytest

from terminal import session
from terminal.errors import (
    BadFrame,
    InputOverflow,
    MachineGarbled,
    MachineUnreachable,
    TooManyViewers,
    ViewerTooSlow,
)
from terminal.wire import ptyd_frames
from terminal.wire.control_frames import Resume
from terminal.wire.dialect import WINDOW
from terminal.wire.django_xterm import XtermDialect
from tests.support.terminal.terminal_fakes import RunningSession, hello, output
from tests.support.waiting import settle

pytestmark = pytest.mark.asyncio


async def test_attaches_where_the_client_stopped():
    async with RunningSession(resume=Resume(5, 100, 30, 7), terminal="logs") as it:
        attach = ptyd_frames.Attach.parse(it.stream.payloads(ptyd_frames.ATTACH)[0])
    assert attach == ptyd_frames.Attach("logs", 100, 30, WINDOW, 7, 5, read_only=False)


async def test_hello_and_output_in_order():
    async with RunningSession(greet=False) as it:
        it.stream.feed(
            hello(3, epoch=255, reset=True, end=5),
            output(b"ab"),
            ptyd_frames.encode(ptyd_frames.SIZE, b"\0\x50\0\x18"),
        )
        it.stream.feed(
            output(b"cd"), output(b"ef"), ptyd_frames.encode(ptyd_frames.EXIT, b"\0\0\0\x82")
        )
        await settle(lambda: len(it.viewer.heard) == 5)
    greeting, first, size, second, ended = it.viewer.heard
    assert json.loads(greeting) | {
        "seq": 3,
        "reset": True,
        "epoch": "00000000000000ff",
    } == json.loads(greeting)
    assert (first, second) == (b"ab", b"cdef")
    assert json.loads(size) == {"type": "size", "cols": 80, "rows": 24}
    assert json.loads(ended) == {"type": "exit", "code": 130}


async def test_frames_cut_anywhere_are_put_together():
    data = hello() + output(b"x" * 1000) + output("é".encode() * 500)
    async with RunningSession(greet=False) as it:
        for at in range(0, len(data), 7):
            it.stream.feed(data[at : at + 7])
        await settle(lambda: len(it.viewer.output) == 2000)


async def test_input_is_passed_on_in_pieces_the_server_takes():
    paste = bytes(range(256)) * 1000
    async with RunningSession() as it:
        it.viewer.say(b"a")
        it.viewer.say(paste)
        it.viewer.say(b"")
        await settle(lambda: sum(map(len, it.stream.payloads(ptyd_frames.INPUT))) == len(paste) + 1)
    assert b"".join(it.stream.payloads(ptyd_frames.INPUT)) == b"a" + paste
    assert max(map(len, it.stream.payloads(ptyd_frames.INPUT))) <= ptyd_frames.MAX_PAYLOAD


async def test_a_watcher_neither_types_nor_resizes():
    async with RunningSession(role="watch") as it:
        it.viewer.say(b"rm -rf /")
        it.viewer.say('{"type":"resize","cols":10,"rows":10}')
        it.viewer.say('{"type":"ping"}')
        await settle(lambda: '{"type":"pong"}' in it.viewer.heard)
    assert ptyd_frames.Attach.parse(it.stream.payloads(ptyd_frames.ATTACH)[0]).read_only
    assert it.stream.kinds() == ptyd_frames.ATTACH + ptyd_frames.DETACH


async def test_acks_are_passed_on_but_make_no_credit():
    async with RunningSession() as it:
        it.stream.feed(output(b"0123456789"))
        await settle(lambda: it.viewer.output != b"")
        for seq in (4, 4, 3, 1000, 2000):
            it.viewer.say(json.dumps({"type": "ack", "seq": seq}))
        it.viewer.say(b"!")
        await settle(lambda: it.stream.payloads(ptyd_frames.INPUT) == [b"!"])
    assert it.stream.payloads(ptyd_frames.ACK) == [
        ptyd_frames.pack_ack(4),
        ptyd_frames.pack_ack(10),
    ]


async def test_a_client_without_acks_is_acked_for_as_its_socket_drains():
    async with RunningSession(XtermDialect()) as it:
        for _ in range(8):
            it.stream.feed(output(b"y" * 32768))
        await settle(
            lambda: it.stream.payloads(ptyd_frames.ACK)[-1:] == [ptyd_frames.pack_ack(8 * 32768)]
        )
    assert len(it.stream.payloads(ptyd_frames.ACK)) <= 4


async def test_sizes_of_a_moment_become_the_first_and_the_last():
    async with RunningSession() as it:
        for cols in range(100, 200):
            it.viewer.say(json.dumps({"type": "resize", "cols": cols, "rows": 40}))
        await settle(
            lambda: ptyd_frames.pack_resize(199, 40) in it.stream.payloads(ptyd_frames.RESIZE)
        )
    assert it.stream.payloads(ptyd_frames.RESIZE) == [
        ptyd_frames.pack_resize(100, 40),
        ptyd_frames.pack_resize(199, 40),
    ]


async def test_keys_never_overtake_a_size():
    async with RunningSession() as it:
        it.viewer.say('{"type":"resize","cols":90,"rows":40}')
        it.viewer.say('{"type":"resize","cols":91,"rows":40}')
        it.viewer.say(b"k")
        await settle(lambda: it.stream.payloads(ptyd_frames.INPUT) == [b"k"])
    assert it.stream.kinds() == b"ARRID"


async def test_the_viewers_leaving_detaches():
    async with RunningSession() as it:
        it.viewer.leave()
        await it.ended()
        assert it.stream.kinds()[-1:] == ptyd_frames.DETACH
        assert it.stream.closed


async def test_a_bad_frame_ends_it():
    async with RunningSession() as it:
        it.viewer.say("rubbish")
        with pytest.raises(BadFrame):
            await it.ended()
        assert it.stream.closed


async def test_the_streams_end_is_told():
    async with RunningSession() as it:
        it.stream.end()
        with pytest.raises(MachineUnreachable):
            await it.ended()


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (b"slow", ViewerTooSlow),
        (b"busy", TooManyViewers),
        (b"input-overflow", InputOverflow),
        (b"protocol", MachineGarbled),
        (b"\xff<script>", MachineGarbled),
    ],
)
async def test_errors_of_the_server_have_their_meaning(code, error):
    async with RunningSession() as it:
        it.stream.feed(ptyd_frames.encode(ptyd_frames.ERROR, code))
        with pytest.raises(error):
            await it.ended()


@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        hello(),
        ptyd_frames.encode(ptyd_frames.ATTACH, b"x" * 30),
        ptyd_frames.encode(ptyd_frames.EXIT, b"x"),
        ptyd_frames.encode(ptyd_frames.SIZE, b"xyz"),
        b"O\xff\xff\xff\xff",
    ],
)
async def test_rubbish_from_the_machine_ends_it(data):
    async with RunningSession() as it:
        it.stream.feed(data)
        with pytest.raises(MachineGarbled):
            await it.ended()


async def test_output_before_hello_is_rubbish():
    async with RunningSession(greet=False) as it:
        it.stream.feed(output(b"early"))
        with pytest.raises(MachineGarbled):
            await it.ended()
    assert it.viewer.heard == []


async def test_a_silent_server_is_given_up(monkeypatch):
    monkeypatch.setattr(session, "HELLO_SECONDS", 0.02)
    async with RunningSession(greet=False) as it:
        with pytest.raises(MachineUnreachable):
            await it.ended()


async def test_keepalive(monkeypatch):
    monkeypatch.setattr(session, "KEEPALIVE_SECONDS", 0.02)
    async with RunningSession() as it:
        await settle(lambda: ptyd_frames.PING in it.stream.kinds())
        with pytest.raises(MachineUnreachable):
            await it.ended()


async def test_an_answered_keepalive_keeps_it_alive():
    async with RunningSession() as it:
        for count in range(1, 6):
            it.tick()
            it.stream.feed(ptyd_frames.encode(ptyd_frames.PONG), output(b"."))
            await settle(lambda count=count: len(it.viewer.output) == count)


async def test_a_viewer_that_takes_nothing_is_dropped(monkeypatch):
    monkeypatch.setattr(session, "KEEPALIVE_SECONDS", 0.02)
    async with RunningSession() as it:

        async def never(message):
            await asyncio.sleep(60)

        it._session._send = never
        it._session._pings_unanswered = -100
        it.stream.feed(output(b"x"))
        with pytest.raises(ViewerTooSlow):
            await it.ended()


async def test_input_is_noted():
    typed = []
    async with RunningSession(on_input=lambda: typed.append(1)) as it:
        it.viewer.say('{"type":"resize","cols":90,"rows":40}')
        it.viewer.say(b"k")
        await settle(lambda: bool(typed))
    assert len(typed) == 1
