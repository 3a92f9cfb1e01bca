"""ByteStream: chunks handed on, bounded memory, an end that is seen."""

import asyncio
import socket

import pytest

from core.budgets import MACHINE
from terminal.transports.stream import ByteStream

pytestmark = pytest.mark.asyncio


async def pair():
    near, far = socket.socketpair()
    far.setblocking(False)
    _, stream = await asyncio.get_running_loop().create_unix_connection(ByteStream, sock=near)
    return stream, far


async def test_reads_what_came_and_then_the_end():
    stream, far = await pair()
    far.send(b"abc")
    assert await stream.read() == b"abc"
    far.send(b"def")
    far.close()
    assert await stream.read() == b"def"
    assert await stream.read() == b""
    assert await stream.read() == b""


async def test_a_sender_that_floods_is_held_back():
    stream, far = await pair()
    sent = 0
    for _ in range(200):
        try:
            sent += far.send(bytes(65536))
        except BlockingIOError:
            await asyncio.sleep(0.001)
    one_read = 256 * 1024
    assert stream._size <= MACHINE.waiting_bytes + one_read
    assert sent < MACHINE.waiting_bytes + 4 * one_read
    got = 0
    while got < sent:
        got += len(await stream.read())
    assert got == sent
    far.close()
    await stream.close()


async def test_drain_waits_for_a_slow_reader():
    stream, far = await pair()
    stream.write(bytes(4 * 1024 * 1024))
    waiting = asyncio.create_task(stream.drain())
    await asyncio.sleep(0.01)
    assert not waiting.done()
    got = 0
    while got < 4 * 1024 * 1024:
        try:
            got += len(far.recv(1 << 20))
        except BlockingIOError:
            await asyncio.sleep(0)
    await waiting
    far.close()


async def test_drain_ends_when_the_connection_is_lost():
    stream, far = await pair()
    stream.write(bytes(4 * 1024 * 1024))
    waiting = asyncio.create_task(stream.drain())
    await asyncio.sleep(0.01)
    far.close()
    async with asyncio.timeout(2):
        await waiting
    stream.write(b"nothing happens")


async def test_close_wakes_the_reader_and_may_be_called_twice():
    stream, far = await pair()
    reading = asyncio.create_task(stream.read())
    await asyncio.sleep(0)
    await stream.close()
    await stream.close()
    assert await reading == b""
    far.close()
