"""Read a machine's processes in the /proc of the engine's host.

Each is read through one descriptor of its folder, which goes stale with the process, and counts
only while its cgroup is the machine's: no other process can take its place.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from sandboxes.engine.facts import HostProcess, ProcessTree
from sandboxes.engine.linux import procfs
from sandboxes.engine.linux.machine_files import read_text
from sandboxes.engine.linux.process_tree.parsers import (
    Status,
    cgroup_of,
    inner_uid,
    parse_command,
    parse_namespace,
    parse_pids,
    parse_status,
)

# More are counted, and not read: a machine may have 512.
PROCESSES_MAX = 500
# Of cgroups below a machine's own, which a nested engine makes, one a container: each takes three
# of the machine's processes at least.
FOLDERS_MAX = 256
COMMAND_BYTES = 1024
NAMESPACES = ("cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts")
CGROUPS = Path("/sys/fs/cgroup")
CAP_LAST_CAP = Path("/proc/sys/kernel/cap_last_cap")


def read_tree(init: int, container_id: str) -> ProcessTree:
    """Read the processes of a container whose first one is `init` here. Raises OSError."""
    pids = pids_of(init, container_id)
    maps: dict[int, str] = {}  # by user namespace
    processes = []
    for pid in pids[:PROCESSES_MAX]:
        try:
            process = read_process(pid, container_id, maps)
        except PermissionError:
            return ProcessTree(visible=False)
        except (OSError, ValueError):  # it has ended
            continue
        if process is not None:
            processes.append(process)
    known = {process.numbers[0] for process in processes}
    with process_folder("self") as folder:
        host_namespaces = read_namespaces(folder)
    return ProcessTree(
        visible=True,
        total=len(processes) + max(0, len(pids) - PROCESSES_MAX),
        depth=len(procfs.numbers_of(init)) - 1,
        processes=tuple(
            process if process.parent in known else replace(process, parent=0)
            for process in processes
        ),
        host_namespaces=host_namespaces,
        capabilities=int(CAP_LAST_CAP.read_text()) + 1,
    )


def pids_of(init: int, container_id: str) -> list[int]:
    """List a container's processes, by its cgroup where that can be seen, which is much quicker."""
    text = procfs.read_bytes(f"/proc/{init}/cgroup").decode(errors="replace")
    for controllers, path in cgroup_of(text, container_id):
        for root in (CGROUPS / controllers, CGROUPS / "unified"):
            pids = parse_pids(read_members(root / path))
            if init in pids:
                return pids
    return sorted(procfs.processes_of(container_id))


def read_members(folder: Path) -> Iterator[str]:
    """Yield cgroup.procs of a cgroup and of those below it."""
    for count, (path, _folders, _files) in enumerate(os.walk(folder)):
        if count >= FOLDERS_MAX:
            return
        with suppress(OSError):  # removed meanwhile, or a cgroup of threads
            yield procfs.read_bytes(f"{path}/cgroup.procs").decode()


@contextmanager
def process_folder(pid: int | str) -> Iterator[int]:
    """Open a process's folder in /proc. Raises OSError."""
    folder = os.open(f"/proc/{pid}", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield folder
    finally:
        os.close(folder)


def read_process(pid: int, container_id: str, maps: dict[int, str]) -> HostProcess | None:
    """Read a process; None when it is not the container's. Raises OSError, ValueError.

    `maps` are the uid_maps that were read before, by user namespace.
    """
    with process_folder(pid) as folder:
        status = parse_status(read_text(folder, "status"))
        namespaces = read_namespaces(folder)
        arguments = os.open("cmdline", os.O_RDONLY, dir_fd=folder)
        with os.fdopen(arguments, "rb", buffering=0) as file:
            command = parse_command(file.read(COMMAND_BYTES) or b"")
        user_namespace = namespaces.get("user", 0)
        if user_namespace not in maps:
            maps[user_namespace] = read_text(folder, "uid_map")
        if container_id not in read_text(folder, "cgroup"):
            return None
    return describe(status, namespaces, command, maps[user_namespace])


def describe(status: Status, namespaces: dict[str, int], command: str, uid_map: str) -> HostProcess:
    """Put together what was read of a process."""
    return HostProcess(
        numbers=status.numbers,
        parent=status.parent,
        uid=status.uid,
        inner_uid=inner_uid(status.uid, uid_map),
        name=status.name,
        command=command,
        state=status.state,
        resident_bytes=status.resident_bytes,
        namespaces=namespaces,
        effective=status.effective,
        bounding=status.bounding,
    )


def read_namespaces(folder: int) -> dict[str, int]:
    """Return the ids of a process's namespaces by name.

    A process that has ended and was not yet waited for has but a few left.
    """
    namespaces = {}
    for name in NAMESPACES:
        with suppress(FileNotFoundError):
            namespaces[name] = parse_namespace(os.readlink(f"ns/{name}", dir_fd=folder))
    return namespaces
