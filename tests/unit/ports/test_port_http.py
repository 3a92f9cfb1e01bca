"""Test what passes through a port over HTTP: requests, answers, and what is in their way."""

import asyncio
import socket
from typing import Any

import pytest

from core.budgets import PORTS
from tests.support.ports.port_site import PortSite, port_site
from tests.support.ports.servers import answer, free_port, http_server, port_server
from tests.support.terminal.terminal_site import World

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]


def mirror(first: str, headers: dict[str, str], body: bytes) -> bytes:
    lines = [first, *(f"{name}: {value}" for name, value in headers.items())]
    return answer("\n".join(lines).encode() + b"\n\n" + body)


async def test_path_query_and_body_arrive_as_they_were_sent(world: World) -> None:
    body = bytes(range(256)) * 400
    with port_server(http_server(mirror)) as port:
        async with port_site(world) as there:
            page = await there.get(port, "/a%2Fb/..;x?q=%20&r", method="PUT", body=body)
    head, _, came = page.body.partition(b"\n\n")
    assert head.splitlines()[0] == b"PUT /a%2Fb/..;x?q=%20&r HTTP/1.1"
    assert f"host: localhost:{port}".encode() in head
    assert b"connection: close" in head
    assert b"cookie" not in head
    assert came == body


async def test_a_body_in_chunks_arrives_as_one(world: World) -> None:
    def take_chunks(connection: socket.socket) -> None:
        data = b""
        while not data.endswith(b"0\r\n\r\n"):
            data += connection.recv(65536)
        connection.sendall(answer(data))

    with port_server(take_chunks) as port:
        async with port_site(world) as there:
            cookie = await there.cookie(port)
            head = f"POST / HTTP/1.1\r\nHost: {there.host(port)}\r\nCookie: {cookie}\r\n"
            chunks = "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
            page = await there.request("", raw=(head + chunks).encode())
    head, _, rest = page.body.lower().partition(b"\r\n\r\n")
    assert head.count(b"transfer-encoding: chunked") == 1
    assert b"content-length" not in head
    assert rest.endswith(b"0\r\n\r\n")
    assert b"abc" in rest


@pytest.mark.parametrize(
    "lines",
    [
        "Content-Length: 3\r\nContent-Length: 4\r\n",
        "Content-Length: 3x\r\n",
        "Transfer-Encoding: chunked, gzip\r\n",
        "X: a\r\n folded\x00: b\r\n",
        "Host: two.example\r\n",
    ],
)
async def test_no_request_is_smuggled_in_another(world: World, lines: str) -> None:
    requests: list[bytes] = []

    def note(connection: socket.socket) -> None:
        requests.append(connection.recv(65536))
        connection.sendall(answer())

    with port_server(note) as port:
        async with port_site(world) as there:
            cookie = await there.cookie(port)
            head = f"POST / HTTP/1.1\r\nHost: {there.host(port)}\r\nCookie: {cookie}\r\n{lines}\r\n"
            raw = head.encode("latin-1") + b"abcGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
            page = await there.request("", raw=raw)
    assert page.status == 400
    assert requests == []


@pytest.mark.parametrize(
    ("method", "target"),
    [("TRACE", "/"), ("CONNECT", "/"), ("GET", "http://evil.example/"), ("OPTIONS", "*")],
)
async def test_requests_that_are_for_no_program_are_refused(
    world: World, method: str, target: str
) -> None:
    with port_server(http_server(mirror)) as port:
        async with port_site(world) as there:
            page = await there.get(port, target, method=method)
    assert page.status == 400


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_answers_of_every_framing_pass(world: World, method: str) -> None:
    big = b"x" * 300_000
    forms = {
        "/length": answer(big),
        "/chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        + b"".join(b"2\r\nxx\r\n" for _ in range(5_000))
        + b"0\r\nTrailer: x\r\n\r\n",
        "/end": b"HTTP/1.0 200 OK\r\nServer: old\r\n\r\n" + big,
        "/none": b"HTTP/1.1 204 No Content\r\n\r\n",
        "/interim": b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + answer(b"then"),
        "/unchanged": b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n",
    }
    sizes = {"/length": 300_000, "/chunks": 10_000, "/end": 300_000, "/interim": 4}

    def respond(first: str, _headers: Any, _body: bytes) -> bytes:
        raw = forms[first.split()[1]]
        return raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if method == "HEAD" else raw

    with port_server(http_server(respond)) as port:
        async with port_site(world) as there:
            for path in forms:
                if method == "HEAD" and path == "/interim":
                    continue
                page = await there.get(port, path, method=method)
                assert page.whole, path
                assert page.status in (200, 204, 304), path
                size = 0 if method == "HEAD" else sizes.get(path, 0)
                assert len(page.body) == size, path


async def test_an_event_stream_arrives_while_it_goes_on(world: World) -> None:
    def events(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n")
        connection.recv(1)

    with port_server(events) as port:
        async with port_site(world) as there:
            cookie = await there.cookie(port)
            reader, writer = await connection_to(there)
            writer.write(
                f"GET / HTTP/1.1\r\nHost: {there.host(port)}\r\nCookie: {cookie}\r\n\r\n".encode()
            )
            assert b"text/event-stream" in await reader.readuntil(b"\r\n\r\n")
            assert b"data: 1" in await reader.readuntil(b"\n\n")
            writer.close()


async def connection_to(there: PortSite) -> Any:
    return await asyncio.open_connection("127.0.0.1", there.server)


async def test_a_port_on_which_nothing_listens_says_so_and_tries_again(world: World) -> None:
    port = free_port()
    async with port_site(world) as there:
        page = await there.get(port, headers={"Accept": "text/html"})
        assert page.status == 502
        assert f"Nothing answers on port {port} yet".encode() in page.body
        assert b"docker ps" in page.body
        assert b'http-equiv="refresh"' in page.body
        for_programs = await there.get(port, headers={"Accept": "application/json"})
        assert for_programs.header("content-type").startswith("text/plain")


async def test_what_a_foreign_page_asks_for_is_refused(world: World) -> None:
    with port_server(http_server(mirror)) as port:
        async with port_site(world) as there:
            own = f"http://{there.host(port)}"
            for headers, status in (
                ({"Origin": "http://evil.example"}, 403),
                ({"Origin": "http://localhost:8000"}, 403),
                ({"Origin": "null"}, 403),
                ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}, 403),
                ({"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"}, 403),
                ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, 200),
                ({"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors", "Origin": own}, 200),
                ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 200),
            ):
                assert (await there.get(port, headers=headers)).status == status, headers
            posted = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
            assert (await there.get(port, method="POST", headers=posted)).status == 403


async def test_hosts_of_ports_never_reach_the_platform(world: World) -> None:
    async with port_site(world) as there:
        for host in ("ports.localhost", f"x.ports.localhost:{there.server}", "PORTS.LOCALHOST."):
            for path in ("/", "/healthz", "/api/courses", "/admin/", "/static/x", "/accounts/"):
                page = await there.request(host, path)
                assert (page.status, b"platform" in page.body) == (404, False)
        assert (await there.request("localhost", "/")).body == b"platform"


async def test_a_body_that_is_too_long_is_refused(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ports.http_relay.PORTS", PORTS.__class__(body_bytes=1_000_000))

    def take(connection: socket.socket) -> None:
        while connection.recv(65536):
            pass

    with port_server(take) as port:
        async with port_site(world) as there:
            page = await there.get(port, method="POST", body=b"x" * 1_200_000)
    assert page.status == 413
