"""Measure the containers of a machine's own engine by their processes, from the host.

That engine can't measure them itself where it has no control groups: it then says of each container
what the whole machine uses. Each of them runs below a process of containerd's that is named for it.
A student may name a process so: then it measures what is below that one. Raises OSError where the
machine is not on this host.
"""

import re
import resource
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sandboxes.engine.facts import NestedUsage
from sandboxes.engine.linux.process_tree.reader import pids_of
from sandboxes.engine.linux.procfs import read_bytes

# The kernel keeps 15 characters of `containerd-shim-runc-v2`.
SHIM = "containerd-shim"
CONTAINER_ID = re.compile(rb"\0-id\0([0-9a-f]{64})\0")
# Twice what a `docker` machine may have (machine_types/docker.py).
PROCESSES_MAX = 1024
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
    stats = read_stats(pids_of(init, container_id))
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
