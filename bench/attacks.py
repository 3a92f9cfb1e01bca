"""Attack a web process for a while, as a machine, a client or a stranger could.

Each attack is a coroutine that goes on until it is cancelled. `Target` says where and as whom.
docs/security.md says what each must not achieve (bench/neighbour.py measures that).
"""

import asyncio
import contextlib
import json
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from tests.support.clients.raw_http import RawClient, masked

VIEWERS = 8
SUBPROTOCOL = {"Sec-WebSocket-Protocol": "drydock.v1"}
TEXT, BINARY, CONTINUATION, PING, PONG = 1, 2, 0, 9, 10
PIECE = 64 * 1024
RESUME = masked(b'{"type":"resume","seq":0,"cols":80,"rows":24}', TEXT)


@dataclass(frozen=True)
class Target:
    """Hold a server's port, and a student with a machine whose PTY server we may replace."""

    port: int
    cookie: str
    terminal: str  # the path of its websocket
    socket: Path  # where the web process looks for its PTY server

    @property
    def headers(self) -> dict[str, str]:
        return {"Cookie": self.cookie, "Origin": f"http://127.0.0.1:{self.port}"}

    async def websocket(self, path: str, *, signed_in: bool = True) -> RawClient | None:
        """Open a websocket; None where that is refused."""
        client = await RawClient.open(self.port)
        headers = self.headers if signed_in else {"Origin": self.headers["Origin"]}
        host = f"127.0.0.1:{self.port}"
        try:
            if await client.shake_hands(path, headers | SUBPROTOCOL, host) == 101:
                return client
        except (OSError, EOFError, TimeoutError, asyncio.IncompleteReadError):
            pass
        client.close()
        return None


Attack = Callable[[Target], Awaitable[None]]
ATTACKS: dict[str, Attack] = {}


def attack(name: str) -> Callable[[Attack], Attack]:
    def keep(function: Attack) -> Attack:
        ATTACKS[name] = function
        return function

    return keep


async def again(action: Callable[[], Awaitable[object]], at_once: int = 1) -> None:
    """Do it again and again, several at once, whatever comes of it."""

    async def repeat() -> None:
        while True:
            with contextlib.suppress(OSError, EOFError, TimeoutError, asyncio.IncompleteReadError):
                await action()
            await asyncio.sleep(0)

    await asyncio.gather(*[repeat() for _ in range(at_once)])


# --- A machine: a program of the student's in the PTY server's place -----------------------------


def frame(kind: bytes, payload: bytes = b"") -> bytes:
    return kind + len(payload).to_bytes(4, "big") + payload


HELLO = frame(b"H", (7).to_bytes(8, "big") + bytes(8) + b"\0" + b"\0\x50\0\x18" + bytes(8))
FLOODS = {
    "pongs": frame(b"Q"),
    "empty outputs": frame(b"O"),
    "one-byte outputs": frame(b"O", b"x"),
    "sizes": frame(b"Z", b"\0\x50\0\x18"),
    "exits": frame(b"X", bytes(4)),
    "whole windows": frame(b"O", bytes(PIECE)),
    "hellos": HELLO,
}


async def flood_viewers(target: Target, flood: bytes) -> None:
    """Send this as fast as it is taken, to eight viewers who take everything."""
    chunk = flood * max(1, 4 * PIECE // len(flood))

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            await reader.read(PIECE)
            writer.write(HELLO)
            while True:
                writer.write(chunk)
                await writer.drain()

    target.socket.unlink(missing_ok=True)
    server = await asyncio.start_unix_server(serve, target.socket)

    async def view() -> None:
        client = await target.websocket(target.terminal)
        if client is None:
            await asyncio.sleep(0.1)
            return
        await client.send(RESUME)
        seen = 0
        while True:
            opcode, payload = await client.frame()
            if opcode == 8:
                client.close()
                return
            seen += len(payload) if opcode == BINARY else 0
            if opcode == BINARY:
                ack = json.dumps({"type": "ack", "seq": seen}).encode()
                await client.send(masked(ack, TEXT))

    async with server:
        await again(view, VIEWERS)


def add_floods() -> None:
    for name, flood in FLOODS.items():
        attack(f"machine: {name}")(lambda target, flood=flood: flood_viewers(target, flood))  # type: ignore[misc]  # the default binds this round's


add_floods()


# --- A client who is signed in --------------------------------------------------------------------


async def flood_terminals(target: Target, data: bytes, sockets: int = 2) -> None:
    """Send this as fast as it is taken, over terminals of an honest PTY server."""
    chunk = data * max(1, PIECE // len(data))

    async def send() -> None:
        client = await target.websocket(target.terminal)
        if client is None:
            await asyncio.sleep(0.1)
            return
        await client.send(RESUME)
        reading = asyncio.create_task(client.ended(3600))
        try:
            while not reading.done():
                await client.send(chunk)
        finally:
            reading.cancel()
            client.close()

    await again(send, sockets)


NESTED = b"[" * 900
CLIENT_FLOODS = {
    "empty pings": masked(b"", PING),
    "empty pongs": masked(b"", PONG),
    "pings of 125 bytes": masked(bytes(125), PING),
    "acknowledgements": masked(b'{"type":"ack","seq":1}', TEXT),
    "pings in JSON": masked(b'{"type":"ping"}', TEXT),
    "resizes": masked(b'{"type":"resize","cols":80,"rows":24}', TEXT)
    + masked(b'{"type":"resize","cols":81,"rows":24}', TEXT),
    "single keys": masked(b"\0", BINARY),
    "nested JSON": masked(NESTED, TEXT),
    "tiny fragments": masked(b"", BINARY, final=False)
    + masked(b"", CONTINUATION, final=False) * 60
    + masked(b"", CONTINUATION),
}


def add_client_floods() -> None:
    for name, data in CLIENT_FLOODS.items():
        attack(f"client: {name}")(lambda target, data=data: flood_terminals(target, data))  # type: ignore[misc]  # as above


add_client_floods()


@attack("client: unfinished messages of 15 MB on 60 event sockets")
async def send_unfinished(target: Target) -> None:
    async def send() -> None:
        client = await target.websocket("/ws/events/")
        if client is not None:
            await client.send(masked(b"", length=15_000_000) + bytes(PIECE))
            for _ in range(220):
                await client.send(bytes(PIECE))
            await client.ended(3600)

    await again(send, 60)


@attack("client: 500 sockets")
async def open_sockets(target: Target) -> None:
    async def hold() -> None:
        client = await target.websocket("/ws/events/")
        if client is not None:
            await client.ended(3600)

    await again(hold, 500)


@attack("client: handshakes in a loop")
async def loop_handshakes(target: Target) -> None:
    async def shake() -> None:
        client = await target.websocket(target.terminal)
        if client is not None:
            client.close()

    await again(shake, 8)


# --- A stranger -----------------------------------------------------------------------------------


@attack("stranger: connections without a head")
async def open_half(target: Target) -> None:
    held = []
    while True:
        client = await RawClient.open(target.port)
        await client.send(b"GET / HTTP/1.1\r\nHost: x\r\n")
        held.append(client)
        if len(held) > 4000:
            held.pop(0).close()


@attack("stranger: heads byte by byte")
async def drip_heads(target: Target) -> None:
    async def drip() -> None:
        client = await RawClient.open(target.port)
        await client.send(b"GET / HTTP/1.1\r\n")
        while True:
            await client.send(b"X: 1\r\n")
            await asyncio.sleep(0.05)

    await again(drip, 300)


@attack("stranger: a body of 2 GiB to the sign-in page")
async def send_body(target: Target) -> None:
    async def send() -> None:
        client = await RawClient.open(target.port)
        length = {"Content-Length": str(2 << 30)}
        await client.request("/accounts/sign-in/", method="POST", headers=length)
        for _ in range(1000):
            await client.send(bytes(PIECE))

    await again(send, 4)


@attack("stranger: a body without a length")
async def send_chunks(target: Target) -> None:
    chunk = b"10000\r\n" + bytes(PIECE) + b"\r\n"

    async def send() -> None:
        client = await RawClient.open(target.port)
        chunked = {"Transfer-Encoding": "chunked"}
        await client.request("/accounts/sign-in/", method="POST", headers=chunked)
        for _ in range(1000):
            await client.send(chunk)

    await again(send, 4)


@attack("stranger: bodies byte by byte")
async def drip_bodies(target: Target) -> None:
    async def drip() -> None:
        client = await RawClient.open(target.port)
        length = {"Content-Length": "60000"}
        await client.request("/accounts/sign-in/", method="POST", headers=length)
        while True:
            await client.send(b"x")
            await asyncio.sleep(0.05)

    await again(drip, 300)


@attack("stranger: websockets without a session")
async def shake_unknown(target: Target) -> None:
    async def shake() -> None:
        client = await target.websocket(target.terminal, signed_in=False)
        if client is not None:
            await client.ended(1)

    await again(shake, 8)


@attack("stranger: pages in a loop")
async def loop_pages(target: Target) -> None:
    async def ask() -> None:
        client = await RawClient.open(target.port)
        await client.request("/accounts/sign-in/", headers={"Connection": "close"})
        await client.ended(60)
        client.close()

    await again(ask, 100)


async def run_attack(name: str, target: Target, seconds: float) -> None:
    """Attack for so long."""
    os.nice(10)  # attackers' processors are elsewhere: what they take here must not count
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await ATTACKS[name](target)
