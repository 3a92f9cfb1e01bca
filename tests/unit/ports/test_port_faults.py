"""Test that a program in a machine costs its own student a page, and nobody else anything."""

import asyncio
import socket
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from core.budgets import PORTS
from ports import connection
from sandboxes.models import Machine
from terminal.transports.stream import Stream
from terminal.wire import ptyd_frames
from tests.support.ports.port_site import PortSite, port_site
from tests.support.ports.servers import Talk, answer, http_server, port_server
from tests.support.terminal.terminal_site import World
from tests.support.waiting import PATIENCE_SECONDS, settle

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody wait for long."""
    quick = PORTS.__class__(answer_seconds=0.5, pause_seconds=0.5, wait_seconds=0.5)
    monkeypatch.setattr("ports.http_relay.PORTS", quick)
    monkeypatch.setattr("ports.connection.PORTS", quick)


def says(data: bytes, *, then_waits: bool = False) -> Talk:
    def talk(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(data)
        if then_waits:
            connection.recv(1)

    return talk


async def page_of(world: World, talk: Talk) -> Any:
    with port_server(talk) as port:
        async with port_site(world) as there:
            return await there.get(port, headers={"Accept": "text/html"})


@pytest.mark.usefixtures("hurried")
async def test_a_program_that_never_answers_is_given_up(world: World) -> None:
    page = await page_of(world, says(b"", then_waits=True))
    assert page.status == 504
    assert b"does not answer" in page.body


@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b"\x15\x03\x01\x00\x02\x02\x28",
        b"HTTP/1.1 700 What\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 1_000,
        b"HTTP/1.1 200 OK\r\n" + b"X-More: more\r\n" * 20_000,
        b"x" * 500_000,
    ],
    ids=["ssh", "tls", "status", "switch", "lengths", "interim", "endless head", "endless line"],
)
async def test_what_is_no_answer_is_said_to_be_none(world: World, data: bytes) -> None:
    page = await page_of(world, says(data, then_waits=True))
    assert page.status == 502
    assert b"does not speak HTTP" in page.body


async def test_a_program_that_hangs_up_is_said_to(world: World) -> None:
    page = await page_of(world, says(b""))
    assert (page.status, b"hung up" in page.body) == (502, True)


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\nzz\r\n",
    ],
)
async def test_half_an_answer_is_never_taken_for_a_whole(world: World, data: bytes) -> None:
    page = await page_of(world, says(data))
    assert (page.status, page.whole) == (200, False)
    assert page.body in (b"short", b"")


@pytest.mark.usefixtures("hurried")
async def test_an_answer_that_stops_is_cut_off(world: World) -> None:
    page = await page_of(world, says(b"HTTP/1.1 200 OK\r\n\r\nbegun", then_waits=True))
    assert (page.body, page.whole) == (b"begun", False)


async def test_an_endless_answer_ends_when_its_reader_leaves(world: World) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()

    def flood(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        try:
            while True:
                connection.sendall(b"x" * 65536)
        finally:
            loop.call_soon_threadsafe(ended.set)

    with port_server(flood) as port:
        async with port_site(world) as there:
            reader, writer = await begin(there, port, await there.cookie(port))
            assert await reader.readexactly(1_000_000)
            await assert_other_pages_are_served(there)
            writer.close()
            async with asyncio.timeout(10):
                await ended.wait()


async def begin(there: PortSite, port: int, cookie: str) -> Any:
    """Send a request, and give the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", there.server)
    head = f"GET / HTTP/1.1\r\nHost: {there.host(port)}\r\nCookie: {cookie}\r\n\r\n"
    writer.write(head.encode())
    return reader, writer


async def assert_other_pages_are_served(there: PortSite) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        assert (await there.request("localhost")).body == b"platform"


async def test_chunks_of_a_byte_keep_nobody_else_waiting(world: World) -> None:
    chunks = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 400_000
    with port_server(says(chunks, then_waits=True)) as port:
        async with port_site(world) as there:
            _, writer = await begin(there, port, await there.cookie(port))
            await asyncio.sleep(0.2)
            await assert_other_pages_are_served(there)
            writer.close()


@pytest.mark.usefixtures("hurried")
async def test_a_thousand_requests_at_once_have_a_few_connections(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_now, most = 0, 0
    open_port = connection.open_port

    # Counted where they are opened: a program hears later that one was closed.
    async def open_counted(machine: Machine, port: int) -> Stream:
        nonlocal open_now, most
        stream = await open_port(machine, port)
        close = stream.close
        open_now += 1
        most = max(most, open_now)

        async def close_counted() -> None:
            nonlocal open_now
            await close()
            open_now -= 1

        monkeypatch.setattr(stream, "close", close_counted)
        return stream

    def hold(program: socket.socket) -> None:
        program.recv(65536)
        program.recv(1)

    monkeypatch.setattr(connection, "open_port", open_counted)
    with port_server(hold) as port:
        async with port_site(world) as there:
            cookie = {"Cookie": await there.cookie(port)}
            asks = [there.request(there.host(port), headers=cookie) for _ in range(1_000)]
            pages = await asyncio.gather(*asks)
            # 0: of so many connections without a request the server has closed the oldest.
            assert {page.status for page in pages} <= {0, 503, 504}
            assert sum(page.status == 503 for page in pages) > 100
            assert 0 < most <= PORTS.connections
            await assert_other_pages_are_served(there)
            await settle(lambda: open_now == 0)


async def test_a_terminal_goes_on_beside_a_flood(world: World, host_ptyd: Any) -> None:
    def flood(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65536)

    viewer = await sync_to_async(host_ptyd.viewer)()
    with port_server(flood) as port:
        async with port_site(world) as there:
            reader, writer = await begin(there, port, await there.cookie(port))
            assert await reader.readexactly(1_000_000)
            printed = await sync_to_async(viewer.run)("echo st''ill")
            assert b"still" in printed
            writer.close()


async def fake_ptyd(path: str, reply: bytes) -> asyncio.Server:
    """Put another program in the PTY server's place."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(reply)
        await writer.drain()
        await reader.read()
        writer.close()

    return await asyncio.start_unix_server(serve, path)


@pytest.mark.parametrize(
    ("reply", "status", "text"),
    [
        (ptyd_frames.encode(b"E", b"protocol"), 409, b"Reset this machine first"),
        (ptyd_frames.encode(b"E", b"busy"), 503, b"Too much is open"),
        (ptyd_frames.encode(b"E", b"timeout"), 504, b"does not answer"),
        (ptyd_frames.encode(b"E", b"what"), 502, b"unreadable"),
        (ptyd_frames.encode(b"G", b"payload"), 502, b"unreadable"),
        (ptyd_frames.encode(b"O", b"output"), 502, b"unreadable"),
        (b"HTTP/1.1 200 OK\r\n\r\n", 502, b"unreadable"),
        (b"G\xff\xff\xff\xff", 502, b"unreadable"),
    ],
)
async def test_whatever_stands_in_ptyds_place_is_explained(
    world: World, tmp_path: Any, reply: bytes, status: int, text: bytes
) -> None:
    path = str(tmp_path / "other.sock")
    await sync_to_async(Machine.objects.filter(pk=world.machine.pk).update)(socket_path=path)
    server = await fake_ptyd(path, reply)
    async with server, port_site(world) as there:
        page = await there.get(80, headers={"Accept": "text/html"})
        assert (page.status, text in page.body) == (status, True)


async def test_bytes_that_come_with_the_connection_are_not_lost(
    world: World, tmp_path: Any
) -> None:
    path = str(tmp_path / "other.sock")
    await sync_to_async(Machine.objects.filter(pk=world.machine.pk).update)(socket_path=path)
    server = await fake_ptyd(path, ptyd_frames.encode(b"G") + answer(b"early"))
    async with server, port_site(world) as there:
        assert (await there.get(80)).body == b"early"


async def test_connections_end_with_their_requests(world: World, host_ptyd: Any) -> None:
    with port_server(http_server(lambda *_: answer())) as port:
        async with port_site(world) as there:
            for _ in range(3):
                assert (await there.get(port)).status == 200
            await settle(lambda: not relays_of(host_ptyd))


def relays_of(ptyd: Any) -> list[str]:
    """Give the names of the processes that connect to ports."""
    pid = ptyd.process.pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    files = [Path(f"/proc/{child}/comm") for child in children]
    names = [file.read_text() for file in files if file.exists()]
    return [name for name in names if "port" in name]
