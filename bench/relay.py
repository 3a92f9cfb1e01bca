"""Relay a shell in a container: the peer that Drydock's terminal is measured against.

It does the least that an asyncio server can. A websocket is tied to the hijacked socket of a
`docker exec` with a TTY: no Django, no access control, no credit, no resume. Run it as `uvicorn
relay:application` with DOCKER_HOST (a unix:// one) in the environment; the path of the websocket
is the container's id.
"""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from typing import Any

SOCKET = os.environ.get("DOCKER_HOST", "").removeprefix("unix://")


async def request(
    path: str, body: dict[str, Any]
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """POST to the engine; return streams that stand behind the answer's head."""
    reader, writer = await asyncio.open_unix_connection(SOCKET)
    content = json.dumps(body).encode()
    head = [
        f"POST {path} HTTP/1.1",
        "Host: engine",
        "Content-Type: application/json",
        f"Content-Length: {len(content)}",
        "Connection: Upgrade",
        "Upgrade: tcp",
    ]
    writer.write("\r\n".join([*head, "", ""]).encode() + content)
    await reader.readuntil(b"\r\n\r\n")
    return reader, writer


async def open_shell(container: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    options = {
        "AttachStdin": True,
        "AttachStdout": True,
        "AttachStderr": True,
        "Tty": True,
        "Cmd": ["/bin/bash", "-l"],
    }
    reader, writer = await request(
        f"/containers/{container}/exec", {**options, "Env": ["TERM=xterm-256color"]}
    )
    response = await reader.readline()
    writer.close()
    return await request(
        f"/exec/{json.loads(response)['Id']}/start", {"Detach": False, "Tty": True}
    )


async def pump_down(
    reader: asyncio.StreamReader, send: Callable[[dict[str, Any]], Awaitable[None]]
) -> None:
    while data := await reader.read(65536):
        await send({"type": "websocket.send", "bytes": data})


async def application(
    scope: dict[str, Any],
    receive: Callable[[], Awaitable[dict[str, Any]]],
    send: Callable[[dict[str, Any]], Awaitable[None]],
) -> None:
    if scope["type"] != "websocket":
        return
    await receive()
    await send({"type": "websocket.accept"})
    reader, writer = await open_shell(scope["path"].strip("/"))
    down = asyncio.create_task(pump_down(reader, send))
    while (event := await receive())["type"] != "websocket.disconnect":
        writer.write(event["bytes"])
        await writer.drain()
    down.cancel()
    writer.write(b"\x04")
    writer.close()
