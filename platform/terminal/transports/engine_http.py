"""Speak the little of the engine's HTTP API that an exec stream needs, in asyncio.

The docker SDK blocks a thread for each stream. Source:
https://docs.docker.com/reference/api/engine/. Paths carry no API version, so that the engine speaks
its own.
"""

import asyncio
import json
import os
import ssl
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import h11

from terminal.errors import MachineUnreachable
from terminal.transports.stream import ByteStream

MAX_HEAD = 64 * 1024
MAX_BODY = 1024 * 1024
ANSWER_SECONDS = 10.0


async def connect(docker_url: str) -> ByteStream:
    """Connect to the engine at unix:///path or tcp://host:port.

    The latter with mutual TLS when DOCKER_CERT_PATH names a folder with ca.pem, cert.pem and
    key.pem, as for the docker client. Raises MachineUnreachable.
    """
    loop = asyncio.get_running_loop()
    url = urlsplit(docker_url)
    try:
        if url.scheme == "unix":
            return (await loop.create_unix_connection(ByteStream, url.path))[1]
        if url.scheme == "tcp":
            host, port = url.hostname or "", url.port or 2375
            return (await loop.create_connection(ByteStream, host, port, ssl=tls_context()))[1]
    except OSError:
        raise MachineUnreachable from None
    raise MachineUnreachable(f"An engine at {url.scheme}:// cannot be reached from here.")


def tls_context() -> ssl.SSLContext | None:
    """Load the certificates that DOCKER_CERT_PATH names; None without it."""
    folder = os.environ.get("DOCKER_CERT_PATH", "")
    if not folder:
        return None
    context = ssl.create_default_context(cafile=str(Path(folder) / "ca.pem"))
    context.load_cert_chain(Path(folder) / "cert.pem", Path(folder) / "key.pem")
    return context


async def call(
    docker_url: str, method: str, path: str, body: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Make a request that a JSON object answers.

    Raises MachineUnreachable, also when the engine says no.
    """
    stream = await connect(docker_url)
    exchange = EngineExchange(stream)
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            exchange.send(method, path, body, [("Connection", "close")])
            status = await exchange.read_status()
            answer = await exchange.read_body()
        fields = json.loads(answer) if 200 <= status < 300 else None
    except (TimeoutError, ValueError, h11.ProtocolError):
        raise MachineUnreachable from None
    finally:
        await stream.close()
    if not isinstance(fields, dict):
        raise MachineUnreachable
    return fields


async def hijack(docker_url: str, path: str, body: dict[str, Any]) -> tuple[ByteStream, bytes]:
    """POST and take over the connection.

    Returns the stream, and the bytes of it that came with the answer's head. Raises
    MachineUnreachable.
    """
    stream = await connect(docker_url)
    exchange = EngineExchange(stream)
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            exchange.send("POST", path, body, [("Connection", "Upgrade"), ("Upgrade", "tcp")])
            status = await exchange.read_status()
        if status not in (101, 200):
            raise MachineUnreachable
    except (TimeoutError, ValueError, h11.ProtocolError):
        await stream.close()
        raise MachineUnreachable from None
    except BaseException:
        await stream.close()
        raise
    return stream, exchange.rest


class EngineExchange:
    """Make a request over a stream, with h11. Raises h11.ProtocolError, ValueError."""

    def __init__(self, stream: ByteStream) -> None:
        self._stream = stream
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD)

    @property
    def rest(self) -> bytes:
        """Return the bytes that came behind what was read."""
        return self._http.trailing_data[0]

    def send(
        self, method: str, path: str, body: dict[str, Any] | None, headers: list[tuple[str, str]]
    ) -> None:
        content = b"" if body is None else json.dumps(body).encode()
        lines = [("Host", "engine"), ("Content-Length", str(len(content))), *headers]
        if content:
            lines.append(("Content-Type", "application/json"))
        head = h11.Request(method=method, target=path, headers=lines)
        self._stream.write(
            self._http.send(head)
            + self._http.send(h11.Data(data=content))
            + self._http.send(h11.EndOfMessage())
        )

    async def read_status(self) -> int:
        """Read an answer's head, or that of a switch of protocols, and return its status."""
        while not isinstance(event := await self._next_event(), h11.Response):
            if isinstance(event, h11.InformationalResponse) and event.status_code == 101:
                return 101
            if isinstance(event, h11.ConnectionClosed):
                raise ValueError("no HTTP head")
        return event.status_code

    async def read_body(self) -> bytes:
        body = bytearray()
        while isinstance(event := await self._next_event(), h11.Data):
            body += event.data
            if len(body) > MAX_BODY:
                raise ValueError("the answer is too long")
        return bytes(body)

    async def _next_event(self) -> object:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            self._http.receive_data(await self._stream.read())
        return event
