"""What an observer would tell a page of a Docker machine with two containers, and of a guest."""

from typing import Any

NAMES = ("cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts")
HOST = {name: 4_026_531_834 + at for at, name in enumerate(NAMES)}
KIB, MIB = 1024, 1024 * 1024


def namespaces(first: int, **shared: int) -> dict[str, int]:
    """A world's ids; those that it shares are given."""
    return {name: shared.get(name, first + at) for at, name in enumerate(NAMES)}


MACHINE = namespaces(4_026_532_300, time=HOST["time"])
WEB = namespaces(4_026_532_410, time=HOST["time"], user=MACHINE["user"], cgroup=MACHINE["cgroup"])
SHELL = namespaces(4_026_532_520, time=HOST["time"], user=MACHINE["user"], cgroup=MACHINE["cgroup"])
MISSING = [2, 9, *range(11, 13), *range(14, 18), 19, 20, *range(21, 27), 28, *range(30, 41)]


def process(
    pids: list[int], parent: int, name: str, command: str = "", *, world: int = 0, **fields: Any
) -> dict[str, Any]:
    """A process as panels/topics/process_tree.py describes it."""
    return {
        "pids": pids,
        "parent": parent,
        "world": world,
        "name": name,
        "command": command or name,
        "state": "S",
        "uid": 165_536,
        "inner_uid": 0,
        "memory": 4 * MIB,
        "own": {},
        **fields,
    }


def world(name: str, ids: dict[str, int], missing: list[int]) -> dict[str, Any]:
    """A world of processes."""
    return {
        "name": name,
        "namespaces": ids,
        "uid": 165_536,
        "inner_uid": 0,
        "missing": missing,
    }


def limits(**fields: Any) -> dict[str, Any]:
    """What a machine uses of its limits."""
    return {
        "memory_bytes": 231 * MIB,
        "memory_limit": 1024 * MIB,
        "processes": 61,
        "processes_limit": 512,
        "cpu_seconds": 12.4,
        "cpus_limit": 1.0,
        "held_back_seconds": 0.2,
        "at": 100.0,
        **fields,
    }


DOCKER_TREE: dict[str, Any] = {
    "visible": True,
    "guest": False,
    "runs_guests": False,
    "limits": limits(),
    "total": 12,
    "depth": 1,
    "capabilities": 41,
    "host": {"namespaces": HOST},
    "worlds": [
        world("", MACHINE, [each for each in MISSING if each not in (12, 21)]),
        world("web", WEB, MISSING),
        world("toolbox", SHELL, MISSING),
    ],
    "more_worlds": 0,
    "processes": [
        process([48_113, 1], 0, "ptyd", "/.drydock/ptyd serve --start start-docker"),
        process([48_131, 9], 48_113, "bash", "-bash"),
        process([48_133, 11], 48_113, "start-docker", "/bin/sh /usr/local/sbin/start-docker"),
        process([48_161, 29], 48_133, "dockerd", "dockerd --rootless", memory=71 * MIB),
        process([48_188, 40], 48_161, "containerd", "containerd --config …", memory=38 * MIB),
        process([48_970, 212], 48_113, "containerd-shim", "containerd-shim-runc-v2 -id 3f9c"),
        process([48_991, 231, 1], 48_970, "nginx", "nginx: master process", world=1),
        process(
            [49_030, 262, 22], 48_991, "nginx", "nginx: worker process", world=1, inner_uid=33,
            uid=165_569,
        ),
        process(
            [49_031, 263, 23], 48_991, "nginx", "nginx: worker process", world=1, inner_uid=33,
            uid=165_569,
        ),
        process([49_233, 301], 48_113, "containerd-shim", "containerd-shim-runc-v2 -id 77ab"),
        process([49_251, 318, 1], 49_233, "sh", "sh", world=2),
        process([49_400, 350, 7], 49_251, "sleep", "sleep 1234", world=2, memory=512 * KIB),
    ],
}  # fmt: skip
GUEST_TREE: dict[str, Any] = {
    **DOCKER_TREE,
    "guest": True,
    "runs_guests": True,
    "limits": limits(memory_limit=384 * MIB, processes=5, processes_limit=64),
    "total": 3,
    "worlds": [world("", MACHINE, list(range(41)))],
    "processes": [
        process([51_002, 1], 0, "ptyd", "/.drydock/ptyd serve"),
        process([51_020, 8], 51_002, "guest-console", "/.drydock/guest-console boot"),
        process(
            [51_024, 10], 51_020, "qemu-system-x86", "qemu-system-x86_64 -name guest -m 192",
            memory=221 * MIB,
        ),
    ],
}  # fmt: skip
GUEST_PROCESSES: dict[str, Any] = {
    "kernel": "6.1.0-28-cloud-amd64",
    "threads": 46,
    "total": 4,
    "processes": [
        {"pid": 1, "parent": 0, "name": "{init} /sbin/init"},
        {"pid": 88, "parent": 1, "name": "-bash"},
        {"pid": 90, "parent": 1, "name": "{platform-agent}"},
        {"pid": 131, "parent": 88, "name": "sleep 1234"},
    ],
}
