"""Measure what this host has left of what machines share.

Nothing here is bounded for a machine alone, or not in a way that adds up: so the sum is watched.
"""

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from sandboxes.engine.facts import Resource

PROC = Path("/proc")
KIB = 1024


def measure_resources(folders: list[Path], *, remap_uid: int, proc: Path = PROC) -> list[Resource]:
    """Return what is left of each resource; one that this host does not tell of is left out.

    `folders` are where machines and the platform write: of several file systems the fullest counts.
    `remap_uid` is the host uid of machines' roots, to whom the kernel accounts keys.
    """
    measures: list[Callable[[], Resource]] = [
        lambda: memory(proc),
        lambda: disk(folders),
        lambda: open_files(proc),
        lambda: terminals(proc),
        lambda: kernel_keys(proc, remap_uid),
        lambda: processes(proc),
    ]
    return list(answered(measures))


def answered(measures: list[Callable[[], Resource]]) -> Iterator[Resource]:
    """Yield what can be measured here."""
    for measure in measures:
        with contextlib.suppress(OSError, ValueError, KeyError, IndexError):
            yield measure()


def memory(proc: Path) -> Resource:
    """Measure bytes of memory that programs could still have (proc_meminfo(5))."""
    lines = (proc / "meminfo").read_text().splitlines()
    fields = {name: text.split()[0] for name, _, text in (line.partition(":") for line in lines)}
    free, total = (int(fields[name]) * KIB for name in ("MemAvailable", "MemTotal"))
    return Resource("memory", free, total, "bytes")


def disk(folders: list[Path]) -> Resource:
    """Measure the fullest of the file systems that hold these folders."""
    sizes = [os.statvfs(folder) for folder in folders]
    free, total = min(
        ((size.f_bavail * size.f_frsize, size.f_blocks * size.f_frsize) for size in sizes),
        key=lambda pair: pair[0] / max(pair[1], 1),
    )
    return Resource("disk", free, total, "bytes")


def open_files(proc: Path) -> Resource:
    """Measure open files of the whole host (proc_sys_fs(5))."""
    used, _, most = map(int, (proc / "sys/fs/file-nr").read_text().split())
    return Resource("open files", most - used, most)


def terminals(proc: Path) -> Resource:
    """Measure pseudo-terminals (pty(7)): each machine's shell has one.

    Some are reserved for the host itself (linux: fs/devpts/inode.c).
    """
    folder = proc / "sys/kernel/pty"
    most, reserved, used = (int((folder / name).read_text()) for name in ("max", "reserve", "nr"))
    return Resource("terminals", most - reserved - used, most - reserved)


def kernel_keys(proc: Path, uid: int) -> Resource:
    """Measure a user's kernel keys, by number or by bytes, of which less is left (keyrings(7)).

    Every container takes one, whatever its user may do with it.
    """
    users = [line.split() for line in (proc / "key-users").read_text().splitlines()]
    quotas = {int(fields[0].rstrip(":")): fields[3:5] for fields in users}
    name = "root_max" if uid == 0 else "max"
    folder = proc / "sys/kernel/keys"
    most = [int((folder / f"{name}{what}").read_text()) for what in ("keys", "bytes")]
    used = [int(quota.split("/")[0]) for quota in quotas.get(uid, ["0", "0"])]
    left = min((limit - count) / limit for limit, count in zip(most, used, strict=True))
    return Resource("kernel keys", int(left * most[0]), most[0])


def processes(proc: Path) -> Resource:
    """Measure processes and threads (proc_loadavg(5), proc_sys_kernel(5))."""
    _, _, used = (proc / "loadavg").read_text().split()[3].partition("/")
    limits = [int((proc / f"sys/kernel/{name}").read_text()) for name in ("pid_max", "threads-max")]
    return Resource("processes", min(limits) - int(used), min(limits))
