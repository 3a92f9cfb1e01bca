"""Route websockets, behind a bearer token, or else the origin check and a session."""

from typing import Any

from channels.auth import AuthMiddlewareStack
from channels.routing import URLRouter
from django.urls import path, re_path

from accounts.bearer_auth import TokenOrSession
from accounts.websocket_auth import EndWhenRefused
from accounts.websocket_origin import OnlyFromOwnPages
from config.serving.handshakes import AdmittedClients, PacedHandshakes
from learn.consumers import events_endpoint
from panels.consumer import panels_endpoint
from terminal.endpoint import terminal_endpoint


async def refuse_unknown_path(_scope: Any, _receive: Any, send: Any) -> None:
    """Refuse any other path, where URLRouter would raise."""
    await send({"type": "websocket.http.response.start", "status": 404, "headers": []})
    await send({"type": "websocket.http.response.body", "body": b""})


routes = EndWhenRefused(
    URLRouter(
        [
            path("ws/terminals/<uuid:machine_id>/", terminal_endpoint),  # type: ignore[arg-type]  # channels routes ASGI apps
            path("ws/panels/<uuid:sandbox_id>/", panels_endpoint),  # type: ignore[arg-type]  # as above
            path("ws/events/", events_endpoint),  # type: ignore[arg-type]  # as above
            re_path("", refuse_unknown_path),  # type: ignore[arg-type]  # as above
        ]
    )
)
admitted = AdmittedClients(routes)
websocket_application = PacedHandshakes(
    TokenOrSession(admitted, session=OnlyFromOwnPages(AuthMiddlewareStack(admitted)))
)
