"""Send events to the open pages of a user."""

from typing import Any

from channels.generic.websocket import AsyncJsonWebsocketConsumer

from core.budgets import CLIENT
from core.events import user_group
from core.metering.sockets import NoPlaceLeft, take_place

SIGN_IN, TOO_MANY = 4001, 4029


class EventsConsumer(AsyncJsonWebsocketConsumer):  # type: ignore[misc]  # channels has no types
    """Forward events to the open pages of a user.

    They are `{"type": "sandbox" | "submission" | "look" | "machine-event", …}`. Nothing is sent on
    connecting: the page fetches the state by HTTP then, and so misses nothing that came before.
    """

    group = ""

    async def connect(self) -> None:
        """Join the user's group, or close with SIGN_IN when the session has ended.

        Only a websocket that was accepted can be closed with a code of ours.
        """
        user = self.scope["user"]
        await self.accept()
        if not user.is_authenticated:
            await self.close(code=SIGN_IN)
            return
        self.group = user_group(user.pk)
        await self.channel_layer.group_add(self.group, self.channel_name)

    async def disconnect(self, code: int) -> None:
        """Leave the group."""
        if self.group:
            await self.channel_layer.group_discard(self.group, self.channel_name)

    async def receive(self, **_message: Any) -> None:
        """Ignore messages from pages, without parsing them."""

    async def page_event(self, message: dict[str, Any]) -> None:
        """Forward an event of core.events.publish()."""
        await self.send_json(message["event"])


async def events_endpoint(scope: Any, receive: Any, send: Any) -> None:
    """Serve `/ws/events/` to as many pages as a user may have open."""
    consumer = EventsConsumer.as_asgi()
    user = scope["user"]
    if not user.is_authenticated:
        await consumer(scope, receive, send)
        return
    try:
        async with take_place("events", user.pk, CLIENT.event_sockets):
            await consumer(scope, receive, send)
    except NoPlaceLeft:
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.close", "code": TOO_MANY, "reason": "too-many"})
