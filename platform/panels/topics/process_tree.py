"""Read what runs in a machine, from its host: processes, walls, limits, missing powers."""

import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import quote

from panels.base import Topic
from panels.errors import PanelError
from panels.machine import ObservedMachine
from panels.recently_used import RecentlyUsed
from panels.untrusted import items, record, text, whole
from sandboxes.engine.facts import HostProcess, ProcessTree
from sandboxes.errors import EngineError

# Boxes in the machine's box; the processes of more are shown, and counted as the machine's.
WORLDS_MAX = 20
# Names of containers are asked for again after this long, or when there is a new container; of an
# engine that does not answer they are asked for no sooner than after a while.
NAMES_SECONDS, NEW_NAMES_SECONDS = 15.0, 2.0
ASK_SECONDS = 2.0
MACHINES_MAX = 500


@dataclass(frozen=True)
class ContainerNames:
    """Hold the names of a machine's containers by the pid of their first process in the machine."""

    names: dict[int, str]
    read_at: float


remembered_names: RecentlyUsed[str, ContainerNames] = RecentlyUsed(MACHINES_MAX)


def read_process_tree(machine: ObservedMachine) -> dict[str, Any]:
    """Return what the panel *Inside / outside* shows of a machine; see describe_tree()."""
    tree = machine.engine.process_tree(machine.container_id)
    use = asdict(machine.engine.resource_use(machine.container_id))
    machine_init = first_of(tree.processes, tree.depth)
    inits = [
        process.numbers[tree.depth]
        for process in tree.processes
        if len(process.numbers) == tree.depth + 2 and process.numbers[-1] == 1
    ]
    names = container_names(machine, inits) if inits and machine.machine_type.has_engine else {}
    return {
        "visible": tree.visible and machine_init is not None,
        "guest": machine.machine_type.opens_in_guest,
        "runs_guests": machine.machine_type.runs_guests,
        "limits": use,
        **describe_tree(tree, names),
    }


def describe_tree(tree: ProcessTree, names: dict[int, str]) -> dict[str, Any]:
    """Return a tree as JSON.

    {"total", "depth", "capabilities", "host": {"namespaces"}, "worlds": [{"name", "namespaces",
    "uid", "effective", "missing"}], "more_worlds", "processes": [{"pids", "parent", "world",
    "name", "command", "state", "uid", "inner_uid", "memory", "own"}]}

    A world is a PID namespace; the machine's own is the first. `own` are the namespaces, by name,
    that a process does not share with its world's first process.
    """
    inits = world_inits(tree)
    worlds = {init.namespaces["pid"]: at for at, init in enumerate(inits[:WORLDS_MAX])}
    return {
        "total": tree.total,
        "depth": tree.depth,
        "capabilities": tree.capabilities,
        "host": {"namespaces": dict(tree.host_namespaces)},
        "worlds": [
            {
                "name": names.get(init.numbers[tree.depth], "") if at else "",
                "namespaces": dict(init.namespaces),
                "uid": init.uid,
                "inner_uid": init.inner_uid,
                "missing": missing_capabilities(init, tree.capabilities),
            }
            for at, init in enumerate(inits[:WORLDS_MAX])
        ],
        "more_worlds": max(0, len(inits) - WORLDS_MAX),
        "processes": [describe_process(process, inits, worlds) for process in tree.processes],
    }


def world_inits(tree: ProcessTree) -> list[HostProcess]:
    """Return the first process of each PID namespace, the machine's own first."""
    init = first_of(tree.processes, tree.depth)
    if init is None:
        return []
    inits = {init.namespaces["pid"]: init}
    for process in tree.processes:
        namespace = process.namespaces.get("pid", 0)
        is_first = process.numbers[-1] == 1 and len(process.numbers) > len(init.numbers)
        if namespace and is_first:
            inits.setdefault(namespace, process)
    return list(inits.values())


def first_of(processes: Iterable[HostProcess], depth: int) -> HostProcess | None:
    """Return the first process of a machine whose pids stand at `depth`; None when it has ended."""
    return next(
        (
            process
            for process in processes
            if process.numbers[depth:] == (1,) and "pid" in process.namespaces
        ),
        None,
    )


def describe_process(
    process: HostProcess, inits: list[HostProcess], worlds: dict[int, int]
) -> dict[str, Any]:
    """Return a process as JSON; see describe_tree()."""
    world = worlds.get(process.namespaces.get("pid", 0), 0)
    shared = inits[world].namespaces if inits else {}
    return {
        "pids": list(process.numbers),
        "parent": process.parent,
        "world": world,
        "name": process.name,
        "command": process.command,
        "state": process.state,
        "uid": process.uid,
        "inner_uid": process.inner_uid,
        "memory": process.resident_bytes,
        "own": {
            name: number
            for name, number in process.namespaces.items()
            if shared.get(name) != number
        },
    }


def missing_capabilities(process: HostProcess, count: int) -> list[int]:
    """List the capabilities that a process can never have, nor any that it starts."""
    return [number for number in range(count) if not process.bounding >> number & 1]


def container_names(machine: ObservedMachine, inits: list[int]) -> dict[int, str]:
    """Return the names of a machine's containers by the pid of their first process.

    They are what the machine's own engine says, and no more than labels.
    """
    known, now = remembered_names.get(machine.container_id), time.monotonic()
    if known is not None:
        age = now - known.read_at
        new = not known.names.keys() >= set(inits)
        if age < (NEW_NAMES_SECONDS if new else NAMES_SECONDS):
            return known.names
    try:
        names = ask_container_names(machine)
    except (PanelError, EngineError):
        names = known.names if known else {}
    remembered_names.put(machine.container_id, ContainerNames(names, now))
    return names


def ask_container_names(machine: ObservedMachine) -> dict[int, str]:
    """Ask the machine's engine for its containers' first processes. Raises what it raises."""
    names = {}
    with machine.docker_session(seconds=ASK_SECONDS) as docker:
        for row in items(docker.ask("/containers/json", {"limit": WORLDS_MAX}), WORLDS_MAX):
            container_id = quote(text(record(row).get("Id")), safe="")
            if not container_id:
                continue
            facts = record(docker.ask(f"/containers/{container_id}/json"))
            pid = whole(record(facts.get("State")).get("Pid"))
            if pid:
                names[pid] = text(facts.get("Name")).lstrip("/")
    return names


PROCESS_TREE = Topic("process-tree", read_process_tree, seconds=2.0, follows_events=True)
