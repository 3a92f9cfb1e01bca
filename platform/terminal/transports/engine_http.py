"""The little of the engine's HTTP API that an exec stream needs, in asyncio: the docker SDK blocks a thread a stream.

Source: https://docs.docker.com/reference/api/engine/. Paths carry no API version, so that the engine speaks its own.
"""

import asyncio
import json
import os
import ssl
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from terminal.errors import MachineUnreachable
from terminal.transports.stream import ByteStream

MAX_ANSWER = 1024 * 1024
ANSWER_SECONDS = 10.0


async def connect(docker_url: str) -> ByteStream:
    """A connection to the engine at unix:///path or tcp://host:port; the latter with mutual TLS when DOCKER_CERT_PATH
    names a folder with ca.pem, cert.pem and key.pem, as for the docker client. Raises MachineUnreachable."""
    loop = asyncio.get_running_loop()
    url = urlsplit(docker_url)
    try:
        if url.scheme == "unix":
            return (await loop.create_unix_connection(ByteStream, url.path))[1]
        if url.scheme == "tcp":
            tls = _tls_context()
            return (await loop.create_connection(ByteStream, url.hostname or "", url.port or 2375, ssl=tls))[1]
    except OSError:
        raise MachineUnreachable from None
    raise MachineUnreachable(f"An engine at {url.scheme}:// cannot be reached from here.")


def _tls_context() -> ssl.SSLContext | None:
    folder = os.environ.get("DOCKER_CERT_PATH", "")
    if not folder:
        return None
    context = ssl.create_default_context(cafile=str(Path(folder) / "ca.pem"))
    context.load_cert_chain(Path(folder) / "cert.pem", Path(folder) / "key.pem")
    return context


async def call(docker_url: str, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """One request with a JSON object as its answer. Raises MachineUnreachable, also when the engine says no."""
    stream = await connect(docker_url)
    try:
        # HTTP/1.0: the answer comes in one piece and ends with the connection, so there are no chunks to put together.
        stream.write(_request(method, path, body, version="1.0"))
        async with asyncio.timeout(ANSWER_SECONDS):
            status, answer = await _read_answer(stream)
        fields = json.loads(answer) if 200 <= status < 300 else None
    except (TimeoutError, ValueError):
        raise MachineUnreachable from None
    finally:
        await stream.close()
    if not isinstance(fields, dict):
        raise MachineUnreachable
    return fields


async def hijack(docker_url: str, path: str, body: dict[str, Any]) -> tuple[ByteStream, bytes]:
    """POST and take over the connection: the stream, and the bytes of it that came with the answer's head.
    Raises MachineUnreachable."""
    stream = await connect(docker_url)
    try:
        stream.write(_request("POST", path, body, upgrade=True))
        async with asyncio.timeout(ANSWER_SECONDS):
            head, rest = await _read_head(stream)
        if _status(head) not in (101, 200):
            raise MachineUnreachable
    except (TimeoutError, ValueError):
        await stream.close()
        raise MachineUnreachable from None
    except BaseException:
        await stream.close()
        raise
    return stream, rest


def _request(
    method: str, path: str, body: dict[str, Any] | None, *, version: str = "1.1", upgrade: bool = False
) -> bytes:
    content = b"" if body is None else json.dumps(body).encode()
    lines = [f"{method} {path} HTTP/{version}", "Host: engine", f"Content-Length: {len(content)}"]
    if content:
        lines.append("Content-Type: application/json")
    if upgrade:
        lines += ["Connection: Upgrade", "Upgrade: tcp"]
    return "\r\n".join([*lines, "", ""]).encode() + content


async def _read_head(stream: ByteStream) -> tuple[bytes, bytes]:
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = await stream.read()
        if not chunk or len(data) > MAX_ANSWER:
            raise ValueError("no HTTP head")
        data += chunk
    head, _, rest = data.partition(b"\r\n\r\n")
    return head, rest


async def _read_answer(stream: ByteStream) -> tuple[int, bytes]:
    head, body = await _read_head(stream)
    while chunk := await stream.read():
        body += chunk
        if len(body) > MAX_ANSWER:
            raise ValueError("answer too long")
    return _status(head), body


def _status(head: bytes) -> int:
    return int(head.split(b" ", 2)[1])
