"""Send events to the open pages of a user."""

from typing import Any

from channels.generic.websocket import AsyncJsonWebsocketConsumer

from core.budgets import CLIENT
from core.events import user_group
from core.metering.endpoints import with_places

SIGN_IN = 4001


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


# `/ws/events/`, for as many pages as a user may have open.
events_endpoint = with_places(EventsConsumer.as_asgi(), kind="events", most=CLIENT.event_sockets)
