"""Run an ASGI application under uvicorn as the platform does, in the test's own loop."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn

from config.serving.http_protocol import BoundedHTTP
from config.serving.websocket_protocol import PacedWebSocket
from core.budgets import CLIENT, STRANGER


@asynccontextmanager
async def serving(application: Any, **options: Any) -> AsyncIterator[int]:
    """The port of a server that runs while the block does."""
    config = uvicorn.Config(
        application,
        port=0,
        interface="asgi3",
        lifespan="off",
        log_level="warning",
        http=BoundedHTTP,
        h11_max_incomplete_event_size=STRANGER.header_bytes,
        ws=PacedWebSocket,
        ws_max_size=CLIENT.terminal_message_bytes,
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=2,
        **options,
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
