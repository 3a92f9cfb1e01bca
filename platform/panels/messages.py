"""Name the messages between web processes, which have the pages, and the observer of a host.

They go over the channel layer. A web process repeats what its pages watch every RENEW_SECONDS, and
the observer forgets what was not repeated for LEASE_SECONDS: so either may be killed at any time.
"""

from typing import Any

OBSERVERS = "observers"
RENEW_SECONDS = 10.0
LEASE_SECONDS = 25.0


def watch_message(*, sandbox_id: str, machine: str, topic: str, channel: str) -> dict[str, Any]:
    """Ask for a topic of a machine; `channel` is that of who is not up to date, else empty."""
    return {
        "type": "observer.watch",
        "sandbox": sandbox_id,
        "machine": machine,
        "topic": topic,
        "channel": channel,
    }


def topic_group(sandbox_id: str, machine: str, topic: str) -> str:
    """Return the channel group of who watches a topic of a machine."""
    return f"panel.{sandbox_id}.{machine}.{topic}"


def sample_message(
    machine: str, topic: str, *, data: Any = None, error: str = ""
) -> dict[str, Any]:
    """Bring a page what was seen, or why nothing was."""
    payload = {"type": "topic", "machine": machine, "topic": topic, "data": data, "error": error}
    return {"type": "panel.message", "payload": payload}


def action_message(
    *, sandbox_id: str, machine: str, action: str, arguments: dict[str, Any], channel: str, key: str
) -> dict[str, Any]:
    """Ask for an action; the answer goes to `channel` and bears `key`."""
    return {
        "type": "observer.act",
        "sandbox": sandbox_id,
        "machine": machine,
        "action": action,
        "arguments": arguments,
        "channel": channel,
        "key": key,
    }


def answer_message(
    key: str, *, data: Any = None, error: str = "", code: str = ""
) -> dict[str, Any]:
    """Bring a page the answer to an action, or why it failed."""
    payload = {"type": "answer", "key": key, "data": data, "error": error, "code": code}
    return {"type": "panel.message", "payload": payload}
