"""Keep what engines have reported lately, for pages that are opened, or come back, later.

It lies in the cache, and only the process that forwards events writes it: what is lost there is
missing in a list that decides nothing.
"""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core.cache import cache

# As many as a page shows.
KEPT_MAX = 100


def cache_key(machine_id: str) -> str:
    return f"machine-activity-{machine_id}"


def keep_message(message: dict[str, Any]) -> None:
    """Keep the message of a `machine-event` beside those of the same machine."""
    key = cache_key(message["machine"])
    kept = [*cache.get(key, []), message][-KEPT_MAX:]
    cache.set(key, kept, timeout=settings.SANDBOX_LIFETIME_MAX_MINUTES * 60)


def recent_messages(machine_ids: Iterable[str]) -> list[dict[str, Any]]:
    """Return the messages of several machines, the oldest first."""
    kept = cache.get_many([cache_key(machine_id) for machine_id in machine_ids])
    messages = [message for each in kept.values() for message in each]
    return sorted(messages, key=lambda message: str(message["event"]["at"]))
