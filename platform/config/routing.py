"""Websocket routes, behind a bearer token, or else the origin check and session authentication."""

from channels.auth import AuthMiddlewareStack
from channels.routing import URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.urls import path

from accounts.sockets import EndWithSession
from learn.consumers import EventsConsumer
from learn.token_auth import TokenOrSession
from terminal.endpoint import terminal_endpoint

routes = EndWithSession(
    URLRouter(
        [
            path("ws/terminals/<uuid:machine_id>/", terminal_endpoint),  # type: ignore[arg-type]  # channels routes ASGI apps
            path("ws/events/", EventsConsumer.as_asgi()),
        ]
    )
)
websocket_application = TokenOrSession(routes, session=AllowedHostsOriginValidator(AuthMiddlewareStack(routes)))
