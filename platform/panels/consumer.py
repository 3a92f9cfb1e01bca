"""Serve a page's panels over one websocket: what they watch, what they ask for, and the answers."""

import asyncio
import json
import logging
import uuid
from functools import partial
from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer

from accounts.websocket_auth import Refusal
from core.budgets import CLIENT
from core.metering.endpoints import with_places
from core.metering.pacing import Meter, SharedByKey
from panels import messages
from panels.access import PanelGrant, grant_panels, refusal_for
from panels.registry import find_action, find_topic

logger = logging.getLogger(__name__)

BAD_MESSAGE = 4400
NAME_CHARS = 64

meters_of_users: SharedByKey[Meter] = SharedByKey(lambda: Meter(CLIENT.panel_messages))


class BadMessage(Exception):
    """Refuse what no page of ours sends."""


class PanelsConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # channels has no types
    """Forward between a page's panels and the observer.

    Up come `{"type": "watch" | "unwatch", "machine", "topic"}` and `{"type": "act", "key",
    "machine", "action", "arguments"}`; down go `{"type": "topic", "machine", "topic", "data",
    "error"}` and `{"type": "answer", "key", "data", "error", "code"}`.
    """

    grant: PanelGrant | None = None

    async def connect(self) -> None:
        """Let in whoever may see the sandbox's panels."""
        await self.accept()
        sandbox_id: uuid.UUID = self.scope["url_route"]["kwargs"]["sandbox_id"]
        decide = database_sync_to_async(grant_panels)
        decision = await decide(self.scope["user"], sandbox_id)
        if isinstance(decision, Refusal):
            await self.close(code=decision.code, reason=decision.reason)
            return
        self.grant = decision
        self.scope["decisions"].append(
            partial(refusal_for, sandbox_id=sandbox_id, acts=decision.acts)
        )
        self.watched: set[tuple[str, str]] = set()
        self.meter = meters_of_users.get(decision.user_id)
        self.renewing = asyncio.create_task(self.renew())

    async def disconnect(self, code: int) -> None:
        """Let all that was watched go."""
        if self.grant is None:
            return
        self.renewing.cancel()
        for machine, topic in self.watched:
            group = messages.topic_group(self.grant.sandbox_id, machine, topic)
            await self.channel_layer.group_discard(group, self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Do what a page's message asks for; a message that is none closes the websocket."""
        if self.grant is None:
            return
        await asyncio.sleep(self.meter.charge(1))
        try:
            message = read_message(text_data)
            if message["type"] == "act":
                await self.act(message)
            else:
                await self.change_watch(message)
        except BadMessage as error:
            await self.close(code=BAD_MESSAGE, reason=str(error))

    async def change_watch(self, message: dict[str, Any]) -> None:
        """Watch a topic of a machine, or stop that."""
        assert self.grant is not None
        machine, topic = read_name(message, "machine"), read_name(message, "topic")
        if find_topic(topic) is None:
            raise BadMessage("unknown topic")
        group = messages.topic_group(self.grant.sandbox_id, machine, topic)
        if message["type"] == "unwatch":
            self.watched.discard((machine, topic))
            await self.channel_layer.group_discard(group, self.channel_name)
            return
        if len(self.watched) >= CLIENT.watched_topics:
            raise BadMessage("too many topics")
        self.watched.add((machine, topic))
        await self.channel_layer.group_add(group, self.channel_name)
        await self.ask_for(machine, topic, channel=self.channel_name)

    async def ask_for(self, machine: str, topic: str, *, channel: str = "") -> None:
        """Tell observers that a topic is watched."""
        assert self.grant is not None
        message = messages.watch_message(
            sandbox_id=self.grant.sandbox_id, machine=machine, topic=topic, channel=channel
        )
        await self.channel_layer.group_send(messages.OBSERVERS, message)

    async def renew(self) -> None:
        """Repeat what is watched, for as long as the page is there."""
        while True:
            await asyncio.sleep(messages.RENEW_SECONDS)
            for machine, topic in list(self.watched):
                try:
                    await self.ask_for(machine, topic)
                except Exception:  # whatever the layer's client raises; the next time will do
                    logger.warning("a watched topic was not renewed", exc_info=True)
                    break

    async def act(self, message: dict[str, Any]) -> None:
        """Pass an action on; the observer answers to this channel."""
        assert self.grant is not None
        key, action = read_name(message, "key"), find_action(read_name(message, "action"))
        arguments = message.get("arguments", {})
        if action is None or not isinstance(arguments, dict):
            raise BadMessage("unknown action")
        if action.changes and not self.grant.acts:
            refusal = "You watch this machine; only its student changes it."
            await self.panel_message(messages.answer_message(key, error=refusal, code="refused"))
            return
        await self.channel_layer.group_send(
            messages.OBSERVERS,
            messages.action_message(
                sandbox_id=self.grant.sandbox_id,
                machine=read_name(message, "machine"),
                action=action.name,
                arguments=arguments,
                channel=self.channel_name,
                key=key,
            ),
        )

    async def panel_message(self, message: dict[str, Any]) -> None:
        """Send what the observer has for this page."""
        await self.send(text_data=json.dumps(message["payload"], separators=(",", ":")))


def read_message(text: str | None) -> dict[str, Any]:
    """Parse a page's message. Raises BadMessage."""
    try:
        message = json.loads(text or "")
    except (ValueError, RecursionError):
        raise BadMessage("no JSON") from None
    if not isinstance(message, dict) or message.get("type") not in ("watch", "unwatch", "act"):
        raise BadMessage("unknown type")
    return message


def read_name(message: dict[str, Any], field: str) -> str:
    """Return a short text of a message. Raises BadMessage."""
    value = message.get(field)
    if not isinstance(value, str) or not 0 < len(value) <= NAME_CHARS:
        raise BadMessage(f"no {field}")
    return value


# `/ws/panels/<sandbox_id>/`, for as many pages as a user may have open.
panels_endpoint = with_places(PanelsConsumer.as_asgi(), kind="panels", most=CLIENT.panel_sockets)
