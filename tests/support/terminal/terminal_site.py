"""The whole websocket stack for tests: routing, sessions and origin check under a real uvicorn, and
a client for it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from asgiref.sync import sync_to_async
from websockets.asyncio.client import connect

from accounts.models import User
from sandboxes.models import Machine, Sandbox
from tests.support.clients.drydock_v1 import SUBPROTOCOL, AsyncTerminalClient
from tests.support.serving import serving


@dataclass
class World:
    """Rows that the tests start from; `cookies` sign in each user by name."""

    machine: Machine
    users: dict[str, User]
    cookies: dict[str, str]


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
        target = machine_id or self.world.machine.pk
        return connect(
            f"ws://127.0.0.1:{self.port}/ws/terminals/{target}/{query}",
            subprotocols=[SUBPROTOCOL] if ours else None,
            additional_headers={"Cookie": cookie} if cookie else None,
            origin=origin or f"http://127.0.0.1:{self.port}",
            compression=None,
            **options,
        )

    @asynccontextmanager
    async def viewer(
        self, user: str = "student", *, ack: bool = True, **options: Any
    ) -> AsyncIterator[AsyncTerminalClient]:
        """A started client."""
        start = {
            key: options.pop(key) for key in ("seq", "epoch", "cols", "rows") if key in options
        }
        async with self.open(user, **options) as connection:
            yield await AsyncTerminalClient(connection, ack=ack).start(**start)


@asynccontextmanager
async def site(world: World) -> AsyncIterator[Site]:
    from config.routing import websocket_application

    async with serving(websocket_application) as port:
        yield Site(port, world)


@sync_to_async
def set_sandbox(world: World, **fields: object) -> None:
    Sandbox.objects.filter(pk=world.machine.sandbox_id).update(**fields)
