"""Read files of a running machine through the root of its first process, on the engine's host.

The kernel does the walking (openat2(2)): it resolves links as if the machine's root were all there
is, steps over no mount and through no link of /proc, so that a path whose parts are swapped
meanwhile still ends on the machine's own disk. What is there is examined before it is opened, so no
pipe is ever read from and no writer woken. Nothing here waits: not for a pipe, not for a lease, not
for the engine.

`UnreadableFromHost` is raised for whatever can't be read so; the engine's archive call
(docker/files.py) can.
"""

import ctypes
import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from sandboxes.engine.facts import FileFact, FileKind
from sandboxes.engine.linux.syscalls import last_error, libc

# openat2(2): the same number on every architecture; linux/openat2.h.
SYS_OPENAT2 = 437
NO_XDEV, NO_MAGICLINKS, IN_ROOT = 0x01, 0x02, 0x10
RACES = 8  # how often a walk is begun again that somebody's renaming has disturbed
# Whose processes are the machine's own. With another runtime the process that the engine names is a
# hypervisor's.
RUNTIMES = frozenset({"runc", "crun", "io.containerd.runc.v2"})
KNOWN_MAX = 1024


class UnreadableFromHost(Exception):
    """Refuse to read a file this way."""


class OpenHow(ctypes.Structure):
    """Lay out struct open_how."""

    _fields_ = [("flags", ctypes.c_uint64), ("mode", ctypes.c_uint64), ("resolve", ctypes.c_uint64)]


class HostFiles:
    """Read the files of an engine's machines.

    `inspect` asks the engine for a container. That costs more than reading a file, so the number of
    its first process is remembered; whether it still is that one is checked every time.
    """

    def __init__(self, inspect: Callable[[str], dict[str, Any]], *, remap: int) -> None:
        self._inspect = inspect
        self._remap = remap
        self._pids: dict[str, int] = {}

    def read(self, container_id: str, path: str, max_bytes: int) -> FileFact:
        """Read a file. See MachineInspector.read_file.

        Raises UnreadableFromHost, and what `inspect` raises.
        """
        pid = self._pids.get(container_id)
        if pid is not None:
            with suppress(UnreadableFromHost):
                return read_file(pid, container_id, path, max_bytes, remap=self._remap)
        container = self._inspect(container_id)
        pid = int(container["State"]["Pid"])
        if container["HostConfig"]["Runtime"] not in RUNTIMES or not pid:
            raise UnreadableFromHost("it does not run, or not as a process of the host's")
        fact = read_file(pid, container_id, path, max_bytes, remap=self._remap)
        if len(self._pids) >= KNOWN_MAX:
            self._pids.clear()
        self._pids[container_id] = pid
        return fact


def read_file(pid: int, container_id: str, path: str, max_bytes: int, *, remap: int) -> FileFact:
    """Read a file of the container whose first process on this host is `pid`.

    Raises UnreadableFromHost.
    """
    try:
        with machine_root(pid, container_id) as root, opened(root, path) as descriptor:
            return file_fact(descriptor, path, max_bytes, remap)
    except FileNotFoundError:
        return FileFact(path, "missing")
    except OSError as error:
        if error.errno in (errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP):
            return FileFact(path, "missing")
        raise UnreadableFromHost(str(error)) from error


@contextmanager
def machine_root(pid: int, container_id: str) -> Iterator[int]:
    """Open the root of a container's first process.

    All of it goes through one descriptor of the process, which goes stale with it: no other process
    can take its place. Raises UnreadableFromHost when this process is not the container's first: on
    another host, or ended since.
    """
    try:
        process = os.open(f"/proc/{pid}", os.O_RDONLY | os.O_DIRECTORY)
        try:
            if not is_first_process(process, pid, container_id):
                raise UnreadableFromHost(f"process {pid} is not that of {container_id}")
            root = os.open("root", os.O_PATH | os.O_DIRECTORY, dir_fd=process)
        finally:
            os.close(process)
    except OSError as error:
        raise UnreadableFromHost(str(error)) from error
    try:
        yield root
    finally:
        os.close(root)


def is_first_process(process: int, pid: int, container_id: str) -> bool:
    """Whether it is in the container's cgroup, and number 1 of a PID namespace right below ours."""
    lines = read_text(process, "status").splitlines()
    numbers = next((line for line in lines if line.startswith("NSpid:")), "")
    return numbers.split()[1:] == [str(pid), "1"] and container_id in read_text(process, "cgroup")


def read_text(process: int, name: str) -> str:
    """Read a file in a process's folder of /proc."""
    descriptor = os.open(name, os.O_RDONLY, dir_fd=process)
    with os.fdopen(descriptor, encoding="utf-8", errors="replace") as file:
        return file.read(65536)


@contextmanager
def opened(root: int, path: str) -> Iterator[int]:
    """Open a path with O_PATH, without following a link."""
    how = OpenHow(os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, 0, IN_ROOT | NO_XDEV | NO_MAGICLINKS)
    arguments = (root, os.fsencode(path), ctypes.byref(how), ctypes.sizeof(how))
    for _ in range(RACES):
        descriptor = int(libc.syscall(SYS_OPENAT2, *arguments))
        if descriptor >= 0 or ctypes.get_errno() != errno.EAGAIN:
            break
    if descriptor < 0:
        raise last_error(path)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def file_fact(descriptor: int, path: str, max_bytes: int, remap: int) -> FileFact:
    """Describe what a descriptor stands for, and read it where it is a file."""
    status = os.fstat(descriptor)
    kind = file_kind(status.st_mode)
    content = None
    if kind == "regular":
        content = read_content(descriptor, max_bytes)
    elif kind == "symlink":
        content = os.fsencode(os.readlink("", dir_fd=descriptor))[:max_bytes]
    return FileFact(
        path=path,
        kind="held" if kind == "regular" and content is None else kind,
        size=status.st_size if kind == "regular" else 0,
        mode=stat.S_IMODE(status.st_mode),
        uid=status.st_uid - remap if status.st_uid >= remap else status.st_uid,
        content=content,
        truncated=kind == "regular" and status.st_size > max_bytes,
    )


def file_kind(mode: int) -> FileKind:
    """Classify a file by its mode."""
    if stat.S_ISREG(mode):
        return "regular"
    if stat.S_ISDIR(mode):
        return "directory"
    return "symlink" if stat.S_ISLNK(mode) else "other"


def read_content(descriptor: int, max_bytes: int) -> bytes | None:
    """Read the beginning of a regular file.

    Returns None where a program's lease (fcntl(2)) makes everybody else wait for it.
    """
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_NOATIME
    try:
        reader = os.open(f"/proc/self/fd/{descriptor}", flags)
    except BlockingIOError:
        return None
    data = bytearray()
    with os.fdopen(reader, "rb", buffering=0):
        while len(data) < max_bytes and (piece := os.read(reader, max_bytes - len(data))):
            data += piece
    return bytes(data)
