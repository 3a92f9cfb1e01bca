"""Let so many requests into Django together, and of one client so many.

Django gives each request a thread. Threads share one processor with the loop that serves terminals,
so a hundred of them finish no sooner than a few, and keep everybody's keys waiting.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

from config.serving.handshakes import client_of
from core.budgets import STRANGER
from core.metering.pacing import SharedByKey

Scope = dict[str, Any]
Message = dict[str, Any]
Application = Callable[[Scope, Any, Any], Awaitable[None]]

# Who watches over the platform is answered in any case.
HEALTH_PAGES = ("/healthz", "/readyz")


class FewAtOnce:
    """Let requests in a few at a time, in order, and each client's by themselves first.

    So a client who sends a hundred waits for these alone. A request has its place until its answer
    begins: what is left then is the client's taking it. Bodies are awaited before, as far as any
    but an author's goes, so that nobody keeps a place by sending slowly.
    """

    def __init__(self, application: Application) -> None:
        self._application = application
        self._slots = asyncio.Semaphore(STRANGER.requests_at_once)
        self._clients: SharedByKey[asyncio.Semaphore] = SharedByKey(
            lambda: asyncio.Semaphore(STRANGER.requests_a_client)
        )

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        if scope["path"].rstrip("/") in HEALTH_PAGES:
            await self._application(scope, receive, send)
            return
        body = await read_ahead(receive)
        if body[-1]["type"] == "http.disconnect":
            return
        client = self._clients.get(client_of(scope))
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(client)
            await stack.enter_async_context(self._slots)

            async def send_and_leave(message: Message) -> None:
                if message["type"] == "http.response.start":
                    await stack.aclose()
                await send(message)

            await self._application(scope, replay(body, receive), send_and_leave)


async def read_ahead(receive: Any) -> list[Message]:
    """Receive a body as far as it is a form's."""
    messages: list[Message] = []
    size = 0
    while size <= STRANGER.form_bytes:
        message = await receive()
        messages.append(message)
        size += len(message.get("body", b""))
        if not message.get("more_body"):
            break
    return messages


def replay(messages: list[Message], receive: Any) -> Callable[[], Awaitable[Message]]:
    """Return what gives these messages again, then those that come."""

    async def next_message() -> Message:
        return messages.pop(0) if messages else await receive()

    return next_message
