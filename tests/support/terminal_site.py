"""The whole websocket stack for tests: routing, sessions and origin check under a real uvicorn, and a client for it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from accounts.models import User
from sandboxes.models import Machine
from terminal.wire.control_frames import SUBPROTOCOL


@dataclass
class World:
    """Rows that the tests start from; `cookies` sign in each user by name."""

    machine: Machine
    users: dict[str, User]
    cookies: dict[str, str]


@asynccontextmanager
async def serving() -> AsyncIterator[int]:
    """The port of a server that runs while the block does."""
    from config.routing import websocket_application

    config = uvicorn.Config(
        websocket_application,
        port=0,
        lifespan="off",
        log_level="warning",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=2,
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  uvicorn has no event for it
        await asyncio.sleep(0.005)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await task


class Client:
    """A client of drydock.v1 that keeps its place in the stream like the page does."""

    def __init__(self, connection: ClientConnection, *, ack: bool = True) -> None:
        self.connection = connection
        self.acknowledges = ack
        self.output = b""
        self.seq = 0
        self.epoch = ""
        self.hello: dict[str, Any] = {}
        self.told: list[dict[str, Any]] = []

    async def start(self, *, seq: int = 0, epoch: str = "", cols: int = 80, rows: int = 24) -> "Client":
        fields = {"epoch": epoch} if epoch else {}
        await self.say(type="resume", seq=seq, cols=cols, rows=rows, **fields)
        async with asyncio.timeout(5):
            while not self.hello:
                await self.hear()
        return self

    async def say(self, **fields: Any) -> None:
        await self.connection.send(json.dumps(fields))

    async def type(self, keys: bytes) -> None:
        await self.connection.send(keys)

    async def hear(self) -> None:
        """Take one message. Raises ConnectionClosed."""
        message = await self.connection.recv()
        if isinstance(message, bytes):
            self.output += message
            self.seq += len(message)
            if self.acknowledges:
                await self.say(type="ack", seq=self.seq)
            return
        fields = json.loads(message)
        self.told.append(fields)
        if fields["type"] == "hello":
            self.hello, self.seq, self.epoch = fields, fields["seq"], fields["epoch"]

    async def until(self, mark: bytes, seconds: float = 15) -> bytes:
        async with asyncio.timeout(seconds):
            while mark not in self.output:
                await self.hear()
        return self.output

    async def until_told(self, kind: str) -> dict[str, Any]:
        async with asyncio.timeout(5):
            while not any(fields["type"] == kind for fields in self.told):
                await self.hear()
        return next(fields for fields in self.told if fields["type"] == kind)

    async def quiet(self, seconds: float = 0.3) -> None:
        """Read until nothing has come for so long."""
        while True:
            try:
                async with asyncio.timeout(seconds):
                    await self.hear()
            except TimeoutError:
                return

    async def close_code(self, seconds: float = 5) -> int:
        """Read on until the server closes; its code."""
        async with asyncio.timeout(seconds):
            while True:
                try:
                    await self.hear()
                except ConnectionClosed as closed:
                    return closed.rcvd.code if closed.rcvd else 1006


@dataclass
class Site:
    """A running server and its world."""

    port: int
    world: World

    def open(
        self,
        user: str = "student",
        *,
        machine_id: object = None,
        query: str = "",
        ours: bool = True,
        origin: str = "",
        **options: Any,
    ) -> connect:
        """A websocket as the user of that name ("" for nobody)."""
        cookie = self.world.cookies.get(user)
        return connect(
            f"ws://127.0.0.1:{self.port}/ws/terminals/{machine_id or self.world.machine.pk}/{query}",
            subprotocols=[SUBPROTOCOL] if ours else None,
            additional_headers={"Cookie": cookie} if cookie else None,
            origin=origin or f"http://127.0.0.1:{self.port}",
            compression=None,
            **options,
        )

    @asynccontextmanager
    async def viewer(self, user: str = "student", *, ack: bool = True, **options: Any) -> AsyncIterator[Client]:
        """A started client."""
        start = {key: options.pop(key) for key in ("seq", "epoch", "cols", "rows") if key in options}
        async with self.open(user, **options) as connection:
            yield await Client(connection, ack=ack).start(**start)


@asynccontextmanager
async def site(world: World) -> AsyncIterator[Site]:
    async with serving() as port:
        yield Site(port, world)
