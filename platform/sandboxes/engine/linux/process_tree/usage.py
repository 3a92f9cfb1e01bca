"""Measure what a machine uses, in its control groups on the engine's host (cgroups(7)).

The engine measures the same, but takes a second for it. Raises OSError and ValueError where the
groups can't be read here.
"""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sandboxes.engine.facts import ResourceUse
from sandboxes.engine.linux import procfs
from sandboxes.engine.linux.process_tree.parsers import cgroup_of

CGROUPS = Path("/sys/fs/cgroup")
NANOSECONDS, MICROSECONDS = 1_000_000_000, 1_000_000


def read_use(
    init: int, container_id: str, limits: Mapping[str, Any], root: Path = CGROUPS
) -> ResourceUse:
    """Measure a container whose first process is `init`; `limits` are its HostConfig."""
    text = procfs.read_bytes(f"/proc/{init}/cgroup").decode(errors="replace")
    folders = controller_folders(cgroup_of(text, container_id), root)
    unified = "memory" not in folders
    memory = folders[""] if unified else folders["memory"]
    usage = number_in(memory / ("memory.current" if unified else "memory.usage_in_bytes"))
    idle = fields_in(memory / "memory.stat").get(
        "inactive_file" if unified else "total_inactive_file", 0
    )
    pids = folders[""] if unified else folders["pids"]
    if unified:
        times = fields_in(folders[""] / "cpu.stat")
        cpu_seconds = times.get("usage_usec", 0) / MICROSECONDS
        held_back = times.get("throttled_usec", 0) / MICROSECONDS
    else:
        cpu_seconds = number_in(folders["cpuacct"] / "cpuacct.usage") / NANOSECONDS
        held_back = fields_in(folders["cpu"] / "cpu.stat").get("throttled_time", 0) / NANOSECONDS
    return used_of_limits(
        limits,
        memory_bytes=usage - (idle if idle < usage else 0),
        processes=number_in(pids / "pids.current"),
        cpu_seconds=cpu_seconds,
        held_back_seconds=held_back,
    )


def used_of_limits(limits: Mapping[str, Any], **used: Any) -> ResourceUse:
    """Hold what was measured now against a container's limits, its HostConfig."""
    return ResourceUse(
        memory_limit=limits["Memory"],
        processes_limit=max(0, limits["PidsLimit"] or 0),
        cpus_limit=limits["NanoCpus"] / NANOSECONDS,
        at=time.monotonic(),
        **used,
    )


def controller_folders(cgroups: list[tuple[str, str]], root: Path) -> dict[str, Path]:
    """Return a container's folder by controller, "" for cgroup 2's. Raises FileNotFoundError."""
    folders = {}
    for controllers, path in cgroups:
        candidates = [root / controllers / path, root / "unified" / path]
        folder = next((each for each in candidates if each.is_dir()), None)
        if folder is not None:
            folders.update(dict.fromkeys(controllers.split(","), folder))
    if not folders.keys() >= {"memory", "pids", "cpu", "cpuacct"} and "" not in folders:
        raise FileNotFoundError("its control groups can't be seen here")
    return folders


def number_in(path: Path) -> int:
    """Read a file that holds a number."""
    return int(path.read_text())


def fields_in(path: Path) -> dict[str, int]:
    """Read a file of names and numbers, a pair a line."""
    pairs = (line.split() for line in path.read_text().splitlines())
    return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2 and pair[1].isdigit()}
