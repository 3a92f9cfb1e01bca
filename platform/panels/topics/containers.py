"""Read the containers of a machine's own Docker engine."""

from typing import Any

from panels.base import Topic
from panels.machine import ObservedMachine

# More are counted, and not listed.
SHOWN_MAX = 200
TEXT_CHARS = 200


def read_containers(machine: ObservedMachine) -> dict[str, Any]:
    """Return {"total", "containers": [{"id", "name", "image", "state", "status", …}]}."""
    rows = machine.ask_docker("/containers/json?all=1")
    rows = rows if isinstance(rows, list) else []
    containers = [describe(row) for row in rows[:SHOWN_MAX] if isinstance(row, dict)]
    return {"total": len(rows), "containers": containers}


def describe(row: dict[str, Any]) -> dict[str, Any]:
    """Return what panels show of a container, every text cut to a length."""
    names, ports = row.get("Names"), row.get("Ports")
    return {
        "id": text(row.get("Id"))[:64],
        "name": text(names[0]).lstrip("/") if isinstance(names, list) and names else "",
        "image": text(row.get("Image")),
        "image_id": text(row.get("ImageID")),
        "command": text(row.get("Command")),
        "state": text(row.get("State")),
        "status": text(row.get("Status")),
        "created": row["Created"] if isinstance(row.get("Created"), int) else 0,
        "ports": [port_of(port) for port in (ports if isinstance(ports, list) else [])[:16]],
    }


def port_of(port: Any) -> dict[str, Any]:
    port = port if isinstance(port, dict) else {}
    public, private = port.get("PublicPort"), port.get("PrivatePort")
    return {
        "public": public if isinstance(public, int) else 0,
        "private": private if isinstance(private, int) else 0,
        "protocol": text(port.get("Type")),
        "address": text(port.get("IP")),
    }


def text(value: Any) -> str:
    """Return a text of bounded length, whatever the engine has put there."""
    return value[:TEXT_CHARS] if isinstance(value, str) else ""


CONTAINERS = Topic("containers", read_containers, seconds=5.0, follows_events=True)
