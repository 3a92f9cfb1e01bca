"""django-xterm's protocol on the wire: a websocket without a subprotocol."""

import asyncio
import json

import pytest
from websockets.exceptions import ConnectionClosed

from sandboxes.models import Sandbox
from terminal.wire.dialect import WINDOW
from tests.support.terminal.terminal_site import site

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]


async def read_until(connection, mark, seconds=15):
    text = ""
    async with asyncio.timeout(seconds):
        while mark not in text:
            message = await connection.recv()
            assert isinstance(message, str)
            text += message
    return text


async def test_a_shell(world):
    async with site(world) as there, there.open(ours=False) as connection:
        assert connection.subprotocol is None
        await connection.send('{"cols":101,"rows":33}')
        await connection.send(b"stty si")
        await connection.send(b"ze\n")
        await read_until(connection, "33 101\r\n")
        await connection.send('{"cols":90,"rows":20}')
        await connection.send(b"stty size\n")
        await read_until(connection, "20 90\r\n")


async def test_a_client_that_never_tells_its_size(world):
    async with site(world) as there, there.open(ours=False) as connection:
        await connection.send(b"stty size\n")
        await read_until(connection, "24 80\r\n")
    async with site(world) as there, there.open(ours=False) as connection:
        await read_until(connection, "24 80\r\n")


async def test_a_token_sent_first_is_ignored(world):
    async with site(world) as there, there.open(ours=False) as connection:
        await connection.send(json.dumps({"csrfmiddlewaretoken": "x" * 64}))
        await connection.send(b"echo al''ive\n")
        await read_until(connection, "alive\r\n")


async def test_much_output_flows_without_acks_and_characters_stay_whole(world):
    count = WINDOW  # three bytes each: three windows full
    command = f"head -c {count} /dev/zero | sed 's/\\x00/漢/g'; echo do''ne\n"
    async with site(world) as there, there.open(ours=False) as connection:
        await connection.send(command.encode())
        text = await read_until(connection, "done\r\n")
    assert "�" not in text
    assert "漢" * count in text


async def test_ctrl_c_goes_to_the_shell(world):
    async with site(world) as there, there.open(ours=False) as connection:
        await connection.send(b"sleep 60\n")
        await read_until(connection, "sleep 60\r\n")
        await asyncio.sleep(0.2)
        await connection.send(b"\x03")
        await connection.send(b"echo al''ive\n")
        await read_until(connection, "alive\r\n", 5)


async def test_a_bad_frame(world):
    async with site(world) as there, there.open(ours=False) as connection:
        await connection.send("rubbish")
        with pytest.raises(ConnectionClosed) as closed:
            await read_until(connection, "never")
        assert closed.value.rcvd.code == 4400


async def test_the_end_is_told_in_words(world, host_ptyd):
    async with site(world) as there, there.open(ours=False) as connection:
        await connection.send('{"cols":80,"rows":24}')
        await connection.send(b"echo al''ive\n")
        await read_until(connection, "alive\r\n")
        await Sandbox.objects.filter(pk=world.machine.sandbox_id).aupdate(state="parked")
        host_ptyd.stop()
        assert "not running" in await read_until(connection, "\x1b[0m\r\n")
        with pytest.raises(ConnectionClosed) as closed:
            await read_until(connection, "never")
        assert closed.value.rcvd.code == 4009
