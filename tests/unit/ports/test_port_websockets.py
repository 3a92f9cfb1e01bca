"""Test websockets through ports, with a real websocket server behind."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.utils import accept_key

from core.budgets import PORTS
from core.metering.sockets import open_here, place_key
from tests.support.ports.port_site import SAFE_COOKIE, PortSite, port_site
from tests.support.ports.servers import answer, free_port, http_server, port_server
from tests.support.terminal.terminal_site import World
from tests.support.waiting import PATIENCE_SECONDS

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]


async def echo(connection: ServerConnection) -> None:
    async for message in connection:
        await connection.send(message)


@asynccontextmanager
async def echoing(handler: Any = echo, **options: Any) -> AsyncIterator[int]:
    async with serve(handler, "127.0.0.1", 0, compression=None, **options) as server:
        port: int = next(iter(server.sockets)).getsockname()[1]
        yield port


async def opened(there: PortSite, port: int, path: str = "/", **options: Any) -> Any:
    headers = {"Cookie": await there.cookie(port)}
    return there.websocket(port, path, additional_headers=headers, **options)


async def test_messages_pass_both_ways(world: World) -> None:
    async with (
        echoing() as port,
        port_site(world) as there,
        await opened(there, port) as browser,
    ):
        for message in ("text ü", b"\x00\xff", "x" * 300_000, b"", ""):
            await browser.send(message)
            assert await browser.recv() == message
        await browser.send(["in ", "pieces"])
        assert await browser.recv() == "in pieces"


async def test_the_program_sees_a_browser_on_its_own_computer(world: World) -> None:
    seen: list[Any] = []

    async def note(connection: ServerConnection) -> None:
        request = connection.request
        assert request is not None
        seen.append((request.path, dict(request.headers.raw_items())))

    async with (
        echoing(note, subprotocols=["b"]) as port,
        port_site(world) as there,
        await opened(there, port, "/ws?a=1", subprotocols=["a", "b"]) as browser,
    ):
        assert browser.subprotocol == "b"
        await browser.wait_closed()
    ((path, headers),) = seen
    headers = {name.lower(): value for name, value in headers.items()}
    assert path == "/ws?a=1"
    assert headers["host"] == f"localhost:{port}"
    assert headers["origin"] == f"http://localhost:{port}"
    assert "cookie" not in headers


async def test_an_end_passes_on_with_its_code(world: World) -> None:
    codes: list[int | None] = []

    async def end(connection: ServerConnection) -> None:
        if await connection.recv() == "you":
            await connection.close(4321, "enough")
        else:
            await connection.wait_closed()
            codes.append(connection.close_code)

    async with echoing(end) as port, port_site(world) as there:
        async with await opened(there, port) as browser:
            await browser.send("you")
            with pytest.raises(ConnectionClosed):
                await browser.recv()
            assert (browser.close_code, browser.close_reason) == (4321, "enough")
        async with await opened(there, port) as browser:
            await browser.send("me")
            await asyncio.sleep(0.1)
            await browser.close(4444)
        await asyncio.sleep(0.2)
        assert codes == [4444]


async def denied(connection: Any) -> int:
    with pytest.raises(InvalidStatus) as refusal:
        async with connection:
            pass
    return int(refusal.value.response.status_code)


async def test_only_the_owner_from_the_ports_own_pages(world: World) -> None:
    async with echoing() as port, port_site(world) as there:
        assert await denied(there.websocket(port)) == 404
        bad = {"Cookie": f"{SAFE_COOKIE}=made-up"}
        assert await denied(there.websocket(port, additional_headers=bad)) == 404
        for origin in ("http://evil.example", "http://localhost:8000", "null", None):
            assert await denied(await opened(there, port, origin=origin)) == 403
        other = there.host(port).replace(f"p{port}-", "p1-")
        assert await denied(await opened(there, port, origin=f"http://{other}")) == 403


async def test_what_is_no_websocket_says_so(world: World) -> None:
    async with port_site(world) as there:
        assert await denied(await opened(there, free_port())) == 502
        with port_server(http_server(lambda *_: answer(b"", "404 Not Found"))) as port:
            assert await denied(await opened(there, port)) == 404
        with port_server(http_server(lambda *_: b"garbage\r\n\r\n")) as port:
            assert await denied(await opened(there, port)) == 502
        lying = b"HTTP/1.1 101 Yes\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        lying += b"Sec-WebSocket-Accept: wrong\r\n\r\n"
        with port_server(http_server(lambda *_: lying)) as port:
            assert await denied(await opened(there, port)) == 502


async def test_a_message_that_is_too_long_closes(world: World) -> None:
    async def shout(connection: ServerConnection) -> None:
        await connection.send(b"x" * (PORTS.message_bytes + 1))
        await connection.wait_closed()

    async with (
        echoing(shout) as port,
        port_site(world) as there,
        await opened(there, port) as browser,
    ):
        with pytest.raises(ConnectionClosed):
            await browser.recv()
        assert browser.close_code == 1009


async def test_so_many_websockets_and_no_more(world: World) -> None:
    async with echoing() as port, port_site(world) as there:
        key = place_key("port", world.users["student"].pk)
        open_here[key] += PORTS.sockets
        try:
            assert await denied(await opened(there, port)) == 503
        finally:
            open_here.pop(key)


async def test_a_websocket_ends_with_the_session(world: World) -> None:
    async with (
        echoing() as port,
        port_site(world) as there,
        await opened(there, port) as browser,
    ):
        await browser.send("here")
        assert await browser.recv() == "here"
        await sync_to_async(there.clients["student"].logout)()
        async with asyncio.timeout(10):
            with pytest.raises(ConnectionClosed):
                await browser.recv()


async def test_a_flood_of_small_frames_keeps_nobody_else_waiting(world: World) -> None:
    def flood(connection: socket.socket) -> None:
        head = connection.recv(65536).decode()
        key = next(line[19:] for line in head.split("\r\n") if line.startswith("Sec-WebSocket-Key"))
        lines = ["HTTP/1.1 101 Yes", "Upgrade: websocket", "Connection: Upgrade"]
        lines += [f"Sec-WebSocket-Accept: {accept_key(key)}", "", ""]
        connection.sendall("\r\n".join(lines).encode())
        while True:
            connection.sendall(b"\x82\x00" * 30_000)

    with port_server(flood) as port:
        async with port_site(world) as there, await opened(there, port) as browser:
            assert await browser.recv() == b""
            async with asyncio.timeout(PATIENCE_SECONDS):
                assert (await there.request("localhost")).body == b"platform"
