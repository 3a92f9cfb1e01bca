"""What a running machine uses, measured by its engine: nothing here asks a program of the machine's."""

from datetime import datetime
from typing import Any

import docker

from sandboxes.engine.docker.client import image_fact
from sandboxes.engine.interface import Usage

# When a container that has never stopped was stopped, in the engine's words.
NEVER = "0001-01-01T00:00:00Z"
KIB = 1024  # `ps` counts resident memory in these


def usage(api: docker.APIClient, container_id: str) -> Usage:
    """See SandboxEngine.usage."""
    found = api.inspect_container(container_id)
    rows = api.top(container_id, "-eo pid,rss,comm")["Processes"] or []
    return Usage(
        memory_bytes=memory_in_use(api.stats(container_id, stream=False, one_shot=True)["memory_stats"]),
        image_bytes=image_fact(api, found["Image"]).size_bytes,
        start_seconds=start_seconds(found),
        processes=tuple((command, int(kib) * KIB) for _pid, kib, command in rows),
    )


def memory_in_use(stats: dict[str, Any]) -> int:
    """As `docker stats` counts it: without files that are kept in memory and were not used lately. Their number has
    another name under cgroup v1 (docker/cli, cli/command/container/stats_helpers.go)."""
    details = stats.get("stats", {})
    idle = details.get("total_inactive_file", details.get("inactive_file", 0))
    return int(stats["usage"]) - (int(idle) if idle < stats["usage"] else 0)


def start_seconds(found: dict[str, Any]) -> float | None:
    """From when a container was made until it ran; None for one that has been started more than once."""
    state = found["State"]
    if state["FinishedAt"] != NEVER:
        return None
    return (datetime.fromisoformat(state["StartedAt"]) - datetime.fromisoformat(found["Created"])).total_seconds()
