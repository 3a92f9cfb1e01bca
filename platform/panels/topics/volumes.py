"""Read the volumes of a machine's own Docker engine."""

from typing import Any

from panels.base import Topic
from panels.machine import ObservedMachine
from panels.untrusted import describe_some, items, record, text

SHOWN_MAX = 200
CHARS_MAX = 100_000
# The engine sets it on a volume that was made without a name (moby, volume/service/service.go).
ANONYMOUS = "com.docker.volume.anonymous"


def read_volumes(machine: ObservedMachine) -> dict[str, Any]:
    """Return {"total", "volumes": [{"name", "driver", "created", "mountpoint", "anonymous"}]}.

    Named ones come first, by their names. Which containers use a volume, they themselves say.
    """
    answer = record(machine.ask_docker("/volumes"))
    rows = [row for row in items(answer.get("Volumes")) if isinstance(row, dict)]
    rows.sort(key=lambda row: (is_anonymous(row), text(row.get("Name"))))
    volumes = describe_some(rows[:SHOWN_MAX], describe, chars=CHARS_MAX)
    return {"total": len(rows), "volumes": volumes}


def is_anonymous(row: dict[str, Any]) -> bool:
    return ANONYMOUS in record(row.get("Labels"))


def describe(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": text(row.get("Name")),
        "driver": text(row.get("Driver"), 40),
        "created": text(row.get("CreatedAt"), 40),
        "mountpoint": text(row.get("Mountpoint")),
        "anonymous": is_anonymous(row),
    }


VOLUMES = Topic("volumes", read_volumes, seconds=15.0, follows_events=True)
