"""Read the containers of a machine's own Docker engine."""

import json
from typing import Any

from panels.base import Topic
from panels.machine import EngineSession, ObservedMachine
from panels.untrusted import describe_some, items, record, text, whole

# More are counted, and not listed.
SHOWN_MAX = 200
# Of all that is listed, as JSON.
CHARS_MAX = 300_000
PARTS_MAX = 16  # ports, mounts, networks of one container
LIVE = ("running", "paused", "restarting")


def read_containers(machine: ObservedMachine) -> dict[str, Any]:
    """Return {"total", "running", "containers": [{"id", "name", "image", "state", …}]}.

    The newest come first. Where there are too many to be listed, those that run are listed before
    the others.
    """
    with machine.docker_session() as docker:
        rows = newest(docker)
        total, running = len(rows), sum(row.get("State") == "running" for row in rows)
        if len(rows) >= SHOWN_MAX:
            rows = with_live_first(docker, rows)
            counts = record(docker.ask("/info"))
            total = max(total, whole(counts.get("Containers")))
            running = whole(counts.get("ContainersRunning"))
    containers = describe_some(rows[:SHOWN_MAX], describe, chars=CHARS_MAX)
    return {"total": total, "running": running, "containers": containers}


def newest(docker: EngineSession, **filters: Any) -> list[dict[str, Any]]:
    query: dict[str, str | int] = {"all": 1, "limit": SHOWN_MAX}
    if filters:
        query["filters"] = json.dumps(filters)
    return [row for row in items(docker.ask("/containers/json", query)) if isinstance(row, dict)]


def with_live_first(docker: EngineSession, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    live = newest(docker, status=LIVE)
    ids = {text(row.get("Id")) for row in live}
    return [*live, *(row for row in rows if text(row.get("Id")) not in ids)]


def describe(row: dict[str, Any]) -> dict[str, Any]:
    """Return what panels show of a container, every text cut to a length."""
    networks = record(record(row.get("NetworkSettings")).get("Networks"))
    return {
        "id": text(row.get("Id"), 64),
        "name": text(next(iter(items(row.get("Names"))), "")).lstrip("/"),
        "image": text(row.get("Image")),
        "image_id": text(row.get("ImageID"), 71),
        "command": text(row.get("Command")),
        "state": text(row.get("State"), 20),
        "status": text(row.get("Status"), 80),
        "created": whole(row.get("Created")),
        "ports": [port_of(record(port)) for port in items(row.get("Ports"), PARTS_MAX)],
        "mounts": [mount_of(record(mount)) for mount in items(row.get("Mounts"), PARTS_MAX)],
        "networks": [
            {"name": text(name, 80), "address": text(record(network).get("IPAddress"), 45)}
            for name, network in list(networks.items())[:PARTS_MAX]
        ],
    }


def port_of(port: dict[str, Any]) -> dict[str, Any]:
    return {
        "public": whole(port.get("PublicPort")),
        "private": whole(port.get("PrivatePort")),
        "protocol": text(port.get("Type"), 8),
        "address": text(port.get("IP"), 45),
    }


def mount_of(mount: dict[str, Any]) -> dict[str, Any]:
    """Return a mount; `name` is a volume's, or the folder of the machine that is mounted."""
    kind = text(mount.get("Type"), 16)
    return {
        "type": kind,
        "name": text(mount.get("Name") if kind == "volume" else mount.get("Source")),
        "destination": text(mount.get("Destination")),
    }


CONTAINERS = Topic("containers", read_containers, seconds=5.0, follows_events=True)
