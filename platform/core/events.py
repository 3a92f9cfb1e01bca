"""Send messages from workers and views to a user's open pages, over the channel layer."""

import logging
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer

logger = logging.getLogger(__name__)


def user_group(user_id: int) -> str:
    """Return the channel group that every open page of one user belongs to."""
    return f"user.{user_id}"


def publish(*, user_id: int, kind: str, payload: dict[str, Any]) -> None:
    """Send `{"type": kind, **payload}` to the user's open pages.

    It is lost when nobody listens or Redis is away: a page asks for the whole state whenever it
    (re)connects, so a lost message only costs freshness.
    """
    layer = get_channel_layer()
    message = {"type": "page.event", "event": {"type": kind, **payload}}
    try:
        async_to_sync(layer.group_send)(user_group(user_id), message)
    except (
        Exception
    ):  # the layer raises whatever its client library raises; freshness is all we lose
        logger.warning("event %s for user %s was not delivered", kind, user_id, exc_info=True)
