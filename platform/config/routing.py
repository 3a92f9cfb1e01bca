"""Websocket routes, all behind the origin check and session authentication."""

from channels.auth import AuthMiddlewareStack
from channels.routing import URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.urls import path

from learn.consumers import EventsConsumer
from terminal.endpoint import terminal_endpoint

websocket_application = AllowedHostsOriginValidator(
    AuthMiddlewareStack(
        URLRouter(
            [
                path("ws/terminals/<uuid:machine_id>/", terminal_endpoint),  # type: ignore[arg-type]  # channels routes ASGI apps
                path("ws/events/", EventsConsumer.as_asgi()),
            ]
        )
    )
)
