"""Websockets to paths that nobody serves are refused, not crashed on."""

import asyncio
from typing import Any

import pytest

from config.routing import websocket_application

# Channels closes stale database connections around an application, which counts as access.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("path", ["/", "/ws/nope/", "/ws/terminals/x/"])
def test_an_unknown_path_is_not_found(path):
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    headers = [(b"host", b"127.0.0.1"), (b"origin", b"http://127.0.0.1")]
    scope = {
        "type": "websocket",
        "path": path,
        "headers": headers,
        "subprotocols": [],
        "query_string": b"",
    }
    asyncio.run(websocket_application(scope, receive, send))
    assert sent[0] == {"type": "websocket.http.response.start", "status": 404, "headers": []}
