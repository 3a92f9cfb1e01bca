"""The engine's HTTP API as an exec stream uses it, with the engine played by the test."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from terminal.errors import MachineUnreachable
from terminal.transports import engine_http

pytestmark = pytest.mark.asyncio


@asynccontextmanager
async def engine(folder: Path, *pieces: bytes) -> AsyncIterator[tuple[str, list[bytes]]]:
    """Answer each request with the pieces, cut as they are, and echo what comes afterwards."""
    requests: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
        requests.append(head + await reader.readexactly(length))
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.01)
        if b"Upgrade" in head:
            while data := await reader.read(100):
                writer.write(data)
        writer.close()

    server = await asyncio.start_unix_server(serve, folder / "engine.sock")
    try:
        yield f"unix://{folder}/engine.sock", requests
    finally:
        server.close()


async def test_call_sends_json_and_reads_json(tmp_path: Path) -> None:
    answer = (b"HTTP/1.1 201 Created\r\nContent-", b'Length: 8\r\n\r\n{"I', b'd":1}')
    async with engine(tmp_path, *answer) as (url, requests):
        assert await engine_http.call(url, "POST", "/exec", {"Tty": False}) == {"Id": 1}
    assert requests[0].startswith(b"POST /exec HTTP/1.1\r\n")
    assert requests[0].endswith(b'\r\n\r\n{"Tty": false}')


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"no HTTP\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\n\r\n[]",
        b"HTTP/1.1 200 OK\r\n\r\nno JSON",
        b"HTTP/1.1 404 Not Found\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nA: " + b"x" * engine_http.MAX_HEAD,
        b"HTTP/1.1 200 OK\r\n\r\n" + b" " * (engine_http.MAX_BODY + 1),
    ],
)
async def test_any_other_answer_means_unreachable(tmp_path: Path, answer: bytes) -> None:
    async with engine(tmp_path, answer) as (url, _):
        with pytest.raises(MachineUnreachable):
            await engine_http.call(url, "GET", "/exec")


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n",
    ],
)
async def test_hijacked_stream_begins_behind_the_head(tmp_path: Path, head: bytes) -> None:
    async with engine(tmp_path, head + b"first") as (url, _):
        stream, rest = await engine_http.hijack(url, "/exec/1/start", {"Tty": False})
        assert rest == b"first"
        stream.write(b"echoed")
        assert await stream.read() == b"echoed"
        await stream.close()


async def test_refused_hijack_means_unreachable(tmp_path: Path) -> None:
    async with engine(tmp_path, b"HTTP/1.1 409 Conflict\r\nContent-Length: 0\r\n\r\n") as (url, _):
        with pytest.raises(MachineUnreachable):
            await engine_http.hijack(url, "/exec/1/start", {})


async def test_engine_that_is_away_is_unreachable(tmp_path: Path) -> None:
    with pytest.raises(MachineUnreachable):
        await engine_http.call(f"unix://{tmp_path}/none.sock", "GET", "/exec")
