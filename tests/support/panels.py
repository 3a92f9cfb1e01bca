"""Open panels as pages do, with an observer beside, over a channel layer in memory."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from asgiref.testing import ApplicationCommunicator

from panels.consumer import PanelsConsumer
from panels.observer import Observer
from tests.support.waiting import PATIENCE_SECONDS


class PanelPage:
    """A page's websocket for its panels. (channels.testing would need daphne.)"""

    def __init__(self, user: Any, sandbox_id: Any) -> None:
        self.scope = {
            "type": "websocket",
            "user": user,
            "decisions": [],
            "url_route": {"kwargs": {"sandbox_id": sandbox_id}},
        }
        self._socket = ApplicationCommunicator(PanelsConsumer.as_asgi(), self.scope)

    async def open(self) -> "PanelPage":
        await self._socket.send_input({"type": "websocket.connect"})
        assert (await self.output())["type"] == "websocket.accept"
        return self

    async def say(self, **message: Any) -> None:
        text = json.dumps(message)
        await self._socket.send_input({"type": "websocket.receive", "text": text})

    async def output(self) -> dict[str, Any]:
        return dict(await self._socket.receive_output(PATIENCE_SECONDS))

    async def hear(self) -> dict[str, Any]:
        """Return the next message."""
        return dict(json.loads((await self.output())["text"]))

    async def silent(self) -> bool:
        return bool(await self._socket.receive_nothing(0.2))

    async def close(self) -> None:
        await self._socket.send_input({"type": "websocket.disconnect", "code": 1000})
        await self._socket.wait()


@asynccontextmanager
async def observing(observer: Observer) -> AsyncIterator[None]:
    """Let an observer work beside."""
    stop = asyncio.Event()
    task = asyncio.create_task(observer.run(stop))
    await asyncio.sleep(0.05)  # it joins its groups
    try:
        yield
    finally:
        stop.set()
        await task
