"""Pace websocket handshakes, and say whose a websocket is once that is known."""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any

from core.budgets import CLIENT
from core.metering.pacing import Meter

Scope = dict[str, Any]
Application = Callable[[Scope, Any, Any], Awaitable[None]]

# Who have opened websockets lately; the one that was quiet for longest is forgotten first.
REMEMBERED = 4096
# Whoever would have to wait for longer is sent away.
WAIT_SECONDS = 4.0
# What tells clients apart before anybody has looked at what it is worth.
CREDENTIALS = (b"authorization", b"cookie")


class PacedHandshakes:
    """Let each client open websockets at a rate, before anything is asked of the database."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._meters: OrderedDict[bytes, Meter] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        pause = self.meter(client_of(scope)).charge(1)
        if pause > WAIT_SECONDS:
            await refuse(send)
            return
        await asyncio.sleep(pause)
        await self._application(scope, receive, send)

    def meter(self, client: bytes) -> Meter:
        meter = self._meters.setdefault(client, Meter(CLIENT.handshakes))
        self._meters.move_to_end(client)
        if len(self._meters) > REMEMBERED:
            self._meters.popitem(last=False)
        return meter


class AdmittedClients:
    """Tell the server whose websocket it is; ASGI middleware behind authentication."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        admit = (scope.get("extensions") or {}).get("drydock.admit")
        if admit is not None and scope["user"].is_authenticated:
            admit(scope["user"].pk)
        await self._application(scope, receive, send)


def client_of(scope: Scope) -> bytes:
    """Return what tells this client from others: what it signs in with, else its address."""
    own = [value for name, value in scope["headers"] if name in CREDENTIALS]
    address = (scope.get("client") or ("", 0))[0]
    return hashlib.sha256(b"\0".join(own) or address.encode()).digest()


async def refuse(send: Any) -> None:
    headers = [(b"retry-after", b"10"), (b"content-type", b"text/plain")]
    await send({"type": "websocket.http.response.start", "status": 429, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": b"Too many connections at once."})
