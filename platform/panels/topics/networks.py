"""Read the networks of a machine's own Docker engine."""

from typing import Any

from panels.base import Topic
from panels.machine import ObservedMachine
from panels.untrusted import describe_some, items, record, text

SHOWN_MAX = 200
CHARS_MAX = 100_000
# Every engine makes them, and none lets them be removed.
BUILT_IN = ("bridge", "host", "none")


def read_networks(machine: ObservedMachine) -> dict[str, Any]:
    """Return {"total", "networks": [{"id", "name", "driver", "subnet", …}]}.

    The student's own come first, by their names. Which containers are in a network, they themselves
    say.
    """
    answer = machine.ask_docker("/networks")
    rows = [row for row in items(answer) if isinstance(row, dict)]
    rows.sort(key=lambda row: (is_built_in(row), text(row.get("Name"))))
    networks = describe_some(rows[:SHOWN_MAX], describe, chars=CHARS_MAX)
    return {"total": len(rows), "networks": networks}


def is_built_in(row: dict[str, Any]) -> bool:
    return row.get("Name") in BUILT_IN


def describe(row: dict[str, Any]) -> dict[str, Any]:
    ranges = items(record(row.get("IPAM")).get("Config"))
    first = record(next(iter(ranges), {}))
    return {
        "id": text(row.get("Id"), 64),
        "name": text(row.get("Name"), 80),
        "driver": text(row.get("Driver"), 40),
        "scope": text(row.get("Scope"), 16),
        "internal": row.get("Internal") is True,
        "created": text(row.get("Created"), 40),
        "subnet": text(first.get("Subnet"), 64),
        "gateway": text(first.get("Gateway"), 64),
        "built_in": is_built_in(row),
    }


NETWORKS = Topic("networks", read_networks, seconds=15.0, follows_events=True)
