"""The events websocket of an open page."""

from typing import Any

from channels.generic.websocket import AsyncJsonWebsocketConsumer

from core.events import user_group

SIGN_IN = 4001


class EventsConsumer(AsyncJsonWebsocketConsumer):  # type: ignore[misc]  # channels has no types
    """Forwards `{"type": "sandbox" | "submission" | "machine-event", …}` to one user's page. Says nothing on
    connecting: the page fetches the state by HTTP then, and so misses nothing that came before."""

    group = ""

    async def connect(self) -> None:
        """A page whose session has ended is told so: only an accepted websocket can be closed with a code of ours."""
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
        """Pages have nothing to say here; whatever comes is not even parsed."""

    async def page_event(self, message: dict[str, Any]) -> None:
        """Sent by core.events.publish."""
        await self.send_json(message["event"])
