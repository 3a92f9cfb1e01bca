"""Measure what the running containers of a machine's own Docker engine use.

Their host does, by their processes: the engine of a `docker` machine has no control groups, and
says of each container what the whole machine uses. Where the host is another one, the engine is
asked, if it has some.
"""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from panels.base import Topic
from panels.errors import PanelError
from panels.machine import EngineSession, ObservedMachine
from panels.recently_used import RecentlyUsed
from panels.untrusted import items, number, record, text, whole

# Measuring one takes the nested engine some milliseconds of its machine's processor.
MEASURED_MAX = 20
REMEMBERED_MACHINES = 2_000
CONTAINER_ID = re.compile(r"[0-9a-f]{64}")
# What is smaller changes all the time: whoever watches is told of a change worth seeing.
MEMORY_STEP = 64 * 1024


@dataclass(frozen=True)
class ContainerUse:
    """Hold what a container has used until now; `memory_limit` is its own, 0 without one."""

    processor_seconds: float
    memory_bytes: int
    memory_limit: int = 0


class ProcessorShares:
    """Turn processor seconds into shares of a processor, by what was read before."""

    def __init__(self) -> None:
        self._readings: RecentlyUsed[str, tuple[float, dict[str, float]]] = RecentlyUsed(
            REMEMBERED_MACHINES
        )

    def percent(
        self, key: str, seconds: Mapping[str, float], now: float
    ) -> dict[str, float | None]:
        """Return 100 for each processor that a container kept busy; None for a first reading."""
        at, before = self._readings.put(key, (now, dict(seconds))) or (now, {})
        passed = now - at
        return {
            name: round(max(0.0, used - before[name]) / passed * 100, 1)
            if name in before and passed > 0
            else None
            for name, used in seconds.items()
        }


processor_shares = ProcessorShares()


class ControlGroups:
    """Remember whose engines have control groups: to ask one takes a tenth of a second."""

    def __init__(self) -> None:
        self._known: RecentlyUsed[str, bool] = RecentlyUsed(REMEMBERED_MACHINES)

    def are_there(self, machine_id: str, docker: EngineSession) -> bool:
        """Whether a machine's engine has some. Raises PanelError, EngineError."""
        known = self._known.get(machine_id)
        if known is None:
            driver = text(record(docker.ask("/info")).get("CgroupDriver"))
            known = driver not in ("", "none")
            self._known.put(machine_id, known)
        return known


control_groups = ControlGroups()


def read_statistics(machine: ObservedMachine) -> dict[str, Any]:
    """Return {"source", "left_out", "containers": {id: {"cpu", "memory", "limit"}}, …}.

    `source` is "processes" or "engine". `cpu` is in percent of a processor, null after the first
    reading. `processors` and `memory_bytes` are what the machine has.
    """
    with machine.docker_session() as docker:
        ids = running_ids(docker)
        source, readings = "processes", readings_of_processes(machine, ids[:MEASURED_MAX])
        if ids and not readings and control_groups.are_there(machine.machine_id, docker):
            source, readings = "engine", readings_of_engine(docker, ids[:MEASURED_MAX])
    seconds = {name: reading.processor_seconds for name, reading in readings.items()}
    key = f"{machine.machine_id} {source}"
    shares = processor_shares.percent(key, seconds, time.monotonic())
    return {
        "source": source,
        "left_out": max(0, len(ids) - MEASURED_MAX),
        "processors": machine.machine_type.limits.cpus,
        "memory_bytes": machine.machine_type.limits.memory_bytes,
        "containers": {
            name: {
                "cpu": shares[name],
                "memory": reading.memory_bytes // MEMORY_STEP * MEMORY_STEP,
                "limit": reading.memory_limit,
            }
            for name, reading in readings.items()
        },
    }


def running_ids(docker: EngineSession) -> list[str]:
    rows = items(docker.ask("/containers/json", {"limit": 10 * MEASURED_MAX}))
    ids = [text(record(row).get("Id"), 64) for row in rows]
    return [name for name in dict.fromkeys(ids) if CONTAINER_ID.fullmatch(name)]


def readings_of_engine(docker: EngineSession, ids: list[str]) -> dict[str, ContainerUse]:
    """Ask about each container."""
    readings = {}
    for name in ids:
        try:
            path = f"/containers/{name}/stats"
            stats = record(docker.ask(path, {"stream": "false", "one-shot": "true"}))
        except PanelError:  # it has ended meanwhile
            continue
        readings[name] = reading_of(stats, record(stats.get("memory_stats")))
    return readings


def reading_of(stats: Mapping[str, Any], memory: Mapping[str, Any]) -> ContainerUse:
    """Read an engine's statistics, as `docker stats` does.

    Files that are kept in memory and were not used lately don't count; their number has another
    name under cgroup v1 (docker/cli, cli/command/container/stats_helpers.go).
    """
    usage, details = whole(memory.get("usage")), record(memory.get("stats"))
    idle = whole(details.get("total_inactive_file", details.get("inactive_file")))
    processor = record(record(stats.get("cpu_stats")).get("cpu_usage"))
    return ContainerUse(
        processor_seconds=number(processor.get("total_usage")) / 1e9,
        memory_bytes=usage - (idle if idle < usage else 0),
        memory_limit=whole(memory.get("limit")),
    )


def readings_of_processes(machine: ObservedMachine, ids: list[str]) -> dict[str, ContainerUse]:
    used = machine.engine.nested_usage(machine.container_id)
    return {
        name: ContainerUse(used[name].processor_seconds, used[name].memory_bytes)
        for name in ids
        if name in used
    }


STATISTICS = Topic("statistics", read_statistics, seconds=2.0, follows_events=True)
