"""Measure the containers of a machine's own engine by their processes, from the host.

That engine can't measure them itself where it has no control groups: it then says of each container
what the whole machine uses. Each of them runs below a process of containerd's that is named for it.
A student may name a process so: then it measures what is below that one. Raises OSError where the
machine is not on this host.
"""

import os
import re
import resource
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sandboxes.engine.facts import NestedUsage
from sandboxes.engine.linux.procfs import processes_of, read_bytes

# The kernel keeps 15 characters of `containerd-shim-runc-v2`.
SHIM = "containerd-shim"
CONTAINER_ID = re.compile(rb"\0-id\0([0-9a-f]{64})\0")
# Twice what a `docker` machine may have (machine_types/docker.py).
PROCESSES_MAX = 1024
# Of control groups: a container's own, and what an engine makes in it.
GROUPS_MAX = 256
CGROUPS = Path("/sys/fs/cgroup")
# A second, as Linux counts it for programs, whatever its own clock is: time(7).
TICKS = 100
PAGE = resource.getpagesize()


@dataclass(frozen=True)
class ProcessStat:
    """Hold what /proc/<pid>/stat says: proc(5)."""

    pid: int
    parent: int
    command: str
    ticks: int  # with those of ended processes that it has waited for
    pages: int


def measure_nested(container_id: str, init: int) -> dict[str, NestedUsage]:
    """Measure by a nested container's id; `init` is a process of the machine."""
    stats = read_stats(machine_processes(container_id, init))
    children: dict[int, list[ProcessStat]] = defaultdict(list)
    for stat in stats:
        children[stat.parent].append(stat)
    measured: dict[str, list[ProcessStat]] = {}
    for stat in stats:
        if stat.command == SHIM and (nested_id := shim_container(stat.pid)):
            below = descendants(stat.pid, children)
            # A copy that it makes of itself bears its name for a moment.
            if len(below) >= len(measured.get(nested_id, ())):
                measured[nested_id] = below
    return {nested_id: usage_of(below) for nested_id, below in measured.items()}


def usage_of(processes: list[ProcessStat]) -> NestedUsage:
    """Add up what these processes use."""
    ticks = sum(process.ticks for process in processes)
    pages = sum(process.pages for process in processes)
    return NestedUsage(ticks / TICKS, pages * PAGE)


def machine_processes(container_id: str, init: int) -> list[int]:
    """List the processes of a machine, from its control group where it is in one alone.

    Reading every process of a host with fifty machines would take twenty times as long.
    """
    for line in read_bytes(f"/proc/{init}/cgroup").decode(errors="replace").splitlines():
        _number, controllers, path = line.split(":", 2)
        # The second is cgroup v2, of which a host with v1 has no more than the names.
        if controllers not in ("pids", "") or container_id not in path:
            continue
        if pids := group_processes(CGROUPS / controllers / path.lstrip("/")):
            return pids
    return processes_of(container_id)


def group_processes(folder: Path) -> list[int]:
    """List the processes of a control group and of the groups in it."""
    pids: list[int] = []
    for count, (path, _folders, _files) in enumerate(os.walk(folder)):
        if count == GROUPS_MAX or len(pids) > PROCESSES_MAX:
            break
        with suppress(OSError):  # it has gone
            pids += [int(pid) for pid in (Path(path) / "cgroup.procs").read_text().split()]
    return pids


def read_stats(pids: Iterable[int]) -> list[ProcessStat]:
    """Read what runs; those that have ended meanwhile are left out."""
    stats = []
    for pid in list(pids)[:PROCESSES_MAX]:
        try:
            stats.append(parse_stat(read_bytes(f"/proc/{pid}/stat").decode(errors="replace")))
        except OSError:
            continue
    return stats


def parse_stat(line: str) -> ProcessStat:
    """Parse a line of /proc/<pid>/stat; a program's name may hold spaces and parentheses."""
    begin, _, rest = line.rpartition(") ")
    pid, _, command = begin.partition(" (")
    fields = rest.split()
    ticks = sum(int(value) for value in fields[11:15])
    return ProcessStat(int(pid), int(fields[1]), command, ticks, int(fields[21]))


def shim_container(pid: int) -> str:
    """Return the id of the container for which a process of containerd's is there, else ""."""
    try:
        match = CONTAINER_ID.search(read_bytes(f"/proc/{pid}/cmdline"))
    except OSError:
        return ""
    return match[1].decode() if match else ""


def descendants(pid: int, children: dict[int, list[ProcessStat]]) -> list[ProcessStat]:
    """List what has come from a process; each is a child of one process alone."""
    below, waiting = [], [pid]
    while waiting:
        for child in children.get(waiting.pop(), ()):
            below.append(child)
            waiting.append(child.pid)
    return below
