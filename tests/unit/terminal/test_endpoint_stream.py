"""Follow bytes over the websocket: numbered, resumed once, held back for a slow viewer."""

import asyncio
import hashlib
import os
import random

import pytest
from websockets.exceptions import ConnectionClosed

from core.metering.sockets import open_here
from terminal import endpoint
from terminal.wire.dialect import WINDOW
from tests.support.clients.drydock_v1 import AsyncTerminalClient
from tests.support.terminal.terminal_site import site
from tests.support.waiting import settle

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]

RING = 1024 * 1024


async def test_hello_says_where_the_stream_starts(world):
    async with site(world) as there:
        async with there.viewer(cols=100, rows=30) as client:
            assert client.hello["window"] == WINDOW
            assert (client.hello["seq"], client.hello["reset"]) == (0, False)
            await client.type(b"echo fi''rst; stty size\n")
            await client.until(b"30 100\r\n")
            seq, epoch = client.seq, client.epoch
        async with there.viewer(seq=seq, epoch=epoch, cols=100, rows=30) as again:
            assert (again.hello["seq"], again.hello["reset"], again.epoch) == (seq, False, epoch)
            await again.type(b"echo sec''ond\n")
            assert b"first" not in await again.until(b"second\r\n")


async def test_ten_megabytes_reach_a_program_that_reads_them_slowly(world):
    """More than the machine holds back: then the client's socket fills up, and nothing is lost."""
    data = random.Random(1).randbytes(10_000_000)
    async with site(world) as there, there.viewer() as client:
        await client.type(b"stty raw -echo; echo re''ady; sleep 1; ")
        await client.type(b"head -c 10000000 | sha256sum; echo su''m\n")
        await client.until(b"ready")
        pieces = [data[at : at + 32_768] for at in range(0, len(data), 32_768)]

        async def type_all() -> None:
            for piece in pieces:
                await client.type(piece)

        typing = asyncio.create_task(type_all())
        printed = await client.until(b"\nsum", 60)
        await typing
        assert hashlib.sha256(data).hexdigest().encode() in printed
        assert not [fields for fields in client.messages if fields["type"] == "error"]


@pytest.mark.parametrize("seed", range(3))
async def test_drops_at_random_points_lose_and_repeat_nothing(world, seed):
    dice = random.Random(seed)
    got, seq, epoch, drops = b"", 0, "", 0
    async with site(world) as there:
        async with there.viewer() as client:
            await client.quiet(0.2)
            await client.type(b"for i in $(seq 1 20000); do echo line $i; done; echo do''ne\n")
            got, seq, epoch = client.output, client.seq, client.epoch
        while b"done\r\n" not in got:
            async with there.open() as connection:
                client = await AsyncTerminalClient(connection, ack=False).start(
                    seq=seq, epoch=epoch
                )
                assert (client.hello["seq"], client.hello["reset"]) == (seq, False)
                keep = dice.randrange(1, 40_000)
                while len(client.output) < keep and b"done\r\n" not in client.output:
                    await client.receive()
                connection.transport.abort()
            # What came after this point was lost on the way, as far as the page knows.
            got, seq, drops = got + client.output[:keep], seq + len(client.output[:keep]), drops + 1
        async with there.viewer() as fresh:
            await fresh.quiet()
    assert drops > 3
    assert fresh.output.startswith(got)
    assert got.endswith(b"line 20000\r\ndone\r\n" + got.rpartition(b"done\r\n")[2])


async def test_a_viewer_that_fell_out_of_the_ring_starts_afresh(world):
    async with site(world) as there:
        async with there.viewer() as client:
            await client.quiet(0.2)
            seq, epoch = client.seq, client.epoch
            await client.type(b"seq 1 300000; echo do''ne\n")
            await client.until(b"done\r\n")
        async with there.viewer(seq=seq, epoch=epoch) as late:
            await late.until(b"done\r\n")
    assert late.hello["reset"] is True
    assert late.hello["seq"] > seq
    assert RING // 2 < len(late.output) <= RING + 4096
    assert (
        client.output.endswith(late.output[: len(late.output) // 2])
        or late.output[:4096] in client.output
    )


async def test_another_life_of_the_server_starts_afresh(world):
    async with site(world) as there, there.viewer(seq=5, epoch="0123456789abcdef") as client:
        assert client.hello["reset"] is True
        assert client.epoch != "0123456789abcdef"


async def test_no_more_than_the_window_is_under_way(world):
    async with site(world) as there, there.viewer(ack=False) as client:
        await client.type(b"seq 1 100000; echo do''ne\n")
        await client.quiet(0.5)
        held = len(client.output)
        assert WINDOW // 2 < held <= WINDOW
        client.stream.ack_bytes = 1
        await client.say(type="ack", seq=client.seq)
        await client.until(b"done\r\n")


async def test_a_stalled_viewer_stops_nobody_else(world):
    async with site(world) as there, there.open() as stalled, there.viewer() as lively:
        await AsyncTerminalClient(stalled, ack=False).start()
        await lively.type(b"seq 1 400000; echo do''ne\n")
        await lively.until(b"done\r\n", 20)
        assert await AsyncTerminalClient(stalled, ack=False).close_code() == 4008


async def test_acks_for_what_was_never_sent_make_no_credit(world):
    async with site(world) as there, there.viewer(ack=False) as client:
        await client.say(type="ack", seq=2**62)
        await client.type(b"seq 1 200000\n")
        await client.quiet(0.5)
        assert len(client.output) <= WINDOW + 100  # the prompt was sent before that ack


async def test_the_last_of_many_sizes_holds(world):
    async with site(world) as there, there.viewer() as client, there.viewer() as other:
        for cols in range(60, 160):
            await client.say(type="resize", cols=cols, rows=40)
        await client.type(b"stty size; echo do''ne\n")
        assert b"40 159\r\n" in await client.until(b"done\r\n")
        await other.until(b"done\r\n")
        sizes = [fields["cols"] for fields in other.messages if fields["type"] == "size"]
        assert sizes == sorted(sizes)
        assert sizes[-1] == 159
        assert len(sizes) < 20


@pytest.mark.parametrize("size", [64 * 1024, 1_000_000])
async def test_a_paste_arrives_whole(world, size):
    paste = os.urandom(size).hex().encode()[:size]
    async with site(world) as there, there.viewer() as client:
        await client.type(
            b"stty raw -echo; echo rea''dy; head -c %d | sha256sum; stty sane; echo do''ne\n" % size
        )
        await client.until(b"ready\n")
        await client.type(paste)
        assert hashlib.sha256(paste).hexdigest().encode() in await client.until(b"done\r\n")


async def test_a_shell_that_ended_is_told_and_started_anew_by_a_key(world):
    async with site(world) as there, there.viewer() as client:
        await client.type(b"exit 7\n")
        assert (await client.until_message("exit"))["code"] == 7
        await client.type(b"\n")
        await client.quiet(0.3)
        await client.type(b"echo al''ive\n")
        await client.until(b"alive\r\n")


async def test_terminals_are_told_apart_by_name(world):
    async with (
        site(world) as there,
        there.viewer() as main,
        there.viewer(query="?terminal=second") as second,
    ):
        await main.type(b"here=main\n")
        await second.type(b"echo in-$here-\n")
        await second.until(b"in--\r\n")


async def test_pings_are_answered(world):
    async with site(world) as there, there.viewer() as client:
        await client.say(type="ping")
        await client.until_message("pong")


@pytest.mark.parametrize(
    "first",
    ["rubbish", '{"type":"ping"}', '{"type":"resume","seq":-1,"cols":80,"rows":24}', b"ls\n"],
)
async def test_a_first_frame_that_is_no_resume(world, first):
    async with site(world) as there, there.open() as connection:
        await connection.send(first)
        client = AsyncTerminalClient(connection)
        assert await client.close_code() == 4400
        assert client.messages[0]["code"] == "bad-frame"


async def test_a_client_that_says_nothing(world, monkeypatch):
    monkeypatch.setattr(endpoint, "RESUME_SECONDS", 0.1)
    async with site(world) as there, there.open() as connection:
        assert await AsyncTerminalClient(connection).close_code() == 4400


@pytest.mark.parametrize("frame", ["{", "[]", '{"type":"resize","cols":0,"rows":0}', "x" * 5000])
async def test_a_bad_frame_later(world, frame):
    async with site(world) as there, there.viewer() as client:
        await client.connection.send(frame)
        assert await client.close_code() == 4400


async def test_a_client_that_leaves_before_resuming(world):
    async with site(world) as there:
        async with there.open():
            pass
        connection = await there.open()
        connection.transport.abort()
        with pytest.raises(ConnectionClosed):
            await connection.recv()
        await settle(lambda: not open_here)
