"""Send messages from workers and views to a user's open pages, over the channel layer."""

import logging
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer

logger = logging.getLogger(__name__)


# Programs that follow what happens in any machine, as panels' observer does.
MACHINE_EVENTS = "machine-events"


def user_group(user_id: int) -> str:
    """Return the channel group that every open page of one user belongs to."""
    return f"user.{user_id}"


def publish(*, user_id: int, kind: str, payload: dict[str, Any]) -> None:
    """Send `{"type": kind, **payload}` to the user's open pages.

    It is lost when nobody listens or Redis is away: a page asks for the whole state whenever it
    (re)connects, so a lost message only costs freshness.
    """
    send_to_group(user_group(user_id), {"type": "page.event", "event": {"type": kind, **payload}})


def publish_machine_event(machine_id: str) -> None:
    """Tell programs that something has happened in a machine."""
    send_to_group(MACHINE_EVENTS, {"type": "machine.event", "machine_id": machine_id})


def send_to_group(group: str, message: dict[str, Any]) -> None:
    """Send to a channel group, and lose the message when Redis is away."""
    try:
        async_to_sync(get_channel_layer().group_send)(group, message)
    # The layer raises whatever its client library raises; freshness is all we lose.
    except Exception:
        logger.warning("%s for %s was not delivered", message["type"], group, exc_info=True)
