"""Files of a running machine, read through the root of its first process where the engine is on this host.

The kernel does the walking (openat2(2)): it resolves links as if the machine's root were all there is, steps over no
mount and through no link of /proc, so that a path whose parts are swapped meanwhile still ends on the machine's own
disk. What is found is looked at before it is opened, so no pipe is ever read from and no writer woken. Nothing here
waits: not for a pipe, not for a lease, not for the engine.

`UnreadableFromHost` is raised for whatever can't be read so; the engine's archive call (docker_files.py) can.
"""

import ctypes
import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from sandboxes.engine.facts import FileFact, FileKind

# openat2(2): the same number on every architecture; linux/openat2.h.
SYS_OPENAT2 = 437
NO_XDEV, NO_MAGICLINKS, IN_ROOT = 0x01, 0x02, 0x10
RACES = 8  # how often a walk is begun again that somebody's renaming has disturbed
# Whose processes are the machine's own. With another runtime the process that the engine names is a hypervisor's.
RUNTIMES = frozenset({"runc", "crun", "io.containerd.runc.v2"})
KNOWN_MAX = 1024

_libc = ctypes.CDLL(None, use_errno=True)


class UnreadableFromHost(Exception):
    """The file is not to be had this way."""


class _How(ctypes.Structure):
    """struct open_how."""

    _fields_ = [("flags", ctypes.c_uint64), ("mode", ctypes.c_uint64), ("resolve", ctypes.c_uint64)]


class HostFiles:
    """The files of an engine's machines. `inspect` asks the engine for a container. That costs more than reading one,
    so the number of its first process is remembered; whether it still is that one is looked at every time."""

    def __init__(self, inspect: Callable[[str], dict[str, Any]], *, remap: int) -> None:
        self._inspect = inspect
        self._remap = remap
        self._known: dict[str, int] = {}

    def read(self, container_id: str, path: str, max_bytes: int) -> FileFact:
        """See SandboxEngine.read_file. Raises UnreadableFromHost, and what `inspect` raises."""
        known = self._known.get(container_id)
        if known is not None:
            with suppress(UnreadableFromHost):
                return read_file(known, container_id, path, max_bytes, remap=self._remap)
        pid = self._ask(container_id)
        fact = read_file(pid, container_id, path, max_bytes, remap=self._remap)
        self._remember(container_id, pid)
        return fact

    def _ask(self, container_id: str) -> int:
        found = self._inspect(container_id)
        if found["HostConfig"]["Runtime"] not in RUNTIMES or not found["State"]["Pid"]:
            raise UnreadableFromHost("it does not run, or not as a process of the host's")
        return int(found["State"]["Pid"])

    def _remember(self, container_id: str, pid: int) -> None:
        if len(self._known) >= KNOWN_MAX:
            self._known.clear()
        self._known[container_id] = pid


def read_file(pid: int, container_id: str, path: str, max_bytes: int, *, remap: int) -> FileFact:
    """See SandboxEngine.read_file. `pid` is the container's first process on this host. Raises UnreadableFromHost."""
    try:
        with machine_root(pid, container_id) as root, _found(root, path) as descriptor:
            return _fact(descriptor, path, max_bytes, remap)
    except FileNotFoundError:
        return FileFact(path, "missing")
    except OSError as error:
        if error.errno in (errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP):
            return FileFact(path, "missing")
        raise UnreadableFromHost(str(error)) from error


@contextmanager
def machine_root(pid: int, container_id: str) -> Iterator[int]:
    """A descriptor of the root of a container's first process. Raises UnreadableFromHost when this process is not it: on another
    host, or ended since."""
    try:
        process = os.open(f"/proc/{pid}", os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise UnreadableFromHost(str(error)) from error
    try:
        root = _root_of(process, pid, container_id)
    finally:
        os.close(process)
    try:
        yield root
    finally:
        os.close(root)


def _root_of(process: int, pid: int, container_id: str) -> int:
    """All of it through one descriptor of the process, which goes stale with it: no other can take its place."""
    try:
        if not _is_first(process, pid, container_id):
            raise UnreadableFromHost(f"process {pid} is not that of {container_id}")
        return os.open("root", os.O_PATH | os.O_DIRECTORY, dir_fd=process)
    except OSError as error:
        raise UnreadableFromHost(str(error)) from error


def _is_first(process: int, pid: int, container_id: str) -> bool:
    """Whether it is in the container's cgroup, and number 1 of a PID namespace right below ours."""
    numbers = next(
        (line for line in _text(process, "status").splitlines() if line.startswith("NSpid:")), ""
    )
    return numbers.split()[1:] == [str(pid), "1"] and container_id in _text(process, "cgroup")


def _text(process: int, name: str) -> str:
    descriptor = os.open(name, os.O_RDONLY, dir_fd=process)
    with os.fdopen(descriptor, encoding="utf-8", errors="replace") as file:
        return file.read(65536)


@contextmanager
def _found(root: int, path: str) -> Iterator[int]:
    """A descriptor that stands for what is there, a link included, and opens nothing."""
    descriptor = _open_in(root, path)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _open_in(root: int, path: str) -> int:
    how = _How(os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, 0, IN_ROOT | NO_XDEV | NO_MAGICLINKS)
    for _ in range(RACES):
        got = _libc.syscall(
            SYS_OPENAT2, root, os.fsencode(path), ctypes.byref(how), ctypes.sizeof(how)
        )
        if got >= 0:
            return int(got)
        if ctypes.get_errno() != errno.EAGAIN:
            break
    number = ctypes.get_errno()
    raise OSError(number, os.strerror(number), path)


def _fact(descriptor: int, path: str, max_bytes: int, remap: int) -> FileFact:
    found = os.fstat(descriptor)
    kind = _kind(found.st_mode)
    content = None
    if kind == "regular":
        content = _content(descriptor, max_bytes)
    elif kind == "symlink":
        content = os.fsencode(os.readlink("", dir_fd=descriptor))[:max_bytes]
    return FileFact(
        path=path,
        kind="held" if kind == "regular" and content is None else kind,
        size=found.st_size if kind == "regular" else 0,
        mode=stat.S_IMODE(found.st_mode),
        uid=found.st_uid - remap if found.st_uid >= remap else found.st_uid,
        content=content,
        truncated=kind == "regular" and found.st_size > max_bytes,
    )


def _kind(mode: int) -> FileKind:
    if stat.S_ISREG(mode):
        return "regular"
    if stat.S_ISDIR(mode):
        return "directory"
    return "symlink" if stat.S_ISLNK(mode) else "other"


def _content(descriptor: int, max_bytes: int) -> bytes | None:
    """The beginning of a regular file; None where a program's lease (fcntl(2)) makes everybody else wait for it."""
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_NOATIME
    try:
        opened = os.open(f"/proc/self/fd/{descriptor}", flags)
    except BlockingIOError:
        return None
    with os.fdopen(opened, "rb", buffering=0) as file:
        return _read_up_to(file.fileno(), max_bytes)


def _read_up_to(descriptor: int, most: int) -> bytes:
    data = bytearray()
    while len(data) < most and (piece := os.read(descriptor, most - len(data))):
        data += piece
    return bytes(data)
