"""Read what the engine's own host knows of a machine's processes, in its /proc.

Nothing in the machine is run or asked. Works where the engine is on this host and we are its root;
everything raises OSError elsewhere, and for processes that have ended meanwhile.
"""

import os
import re
import socket
import stat
import struct
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

ID_LENGTH = 64
# Inode, size in bytes, and time of the last change in ns. Nobody but the kernel sets the last, to
# its own clock, so a file that has all three of an image's is that image's, unchanged.
FileKey = tuple[int, int, int]

# A machine has some hundred files open; one that has so many makes looking slow on purpose.
OPEN_MAX = 20_000
READ_MAX = 4 * 1024 * 1024  # of a process's mappings

MAPPING = re.compile(r"^([0-9a-f]+-[0-9a-f]+) (\S{4}) \S+ \S+ (\d+) *(.*)$")
UPPER = re.compile(r"[ ,]upperdir=([^, ]+)")
# linux/netlink.h, linux/sock_diag.h, linux/unix_diag.h
NETLINK_SOCK_DIAG, SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST = 4, 20, 1
ANY_STATE, SHOW_PEER, UNIX_DIAG_PEER, NO_COOKIE = 0xFFFFFFFF, 4, 2, 0xFFFFFFFF
HEADER, MESSAGE = struct.Struct("=IHHII"), struct.Struct("=BBBBIIIII")
ATTRIBUTE = struct.Struct("=HH")


class LimitExceeded(OSError):
    """Refuse to look through more than any machine needs."""


class UnsupportedByKernel(OSError):
    """Report that this host's kernel does not tell, or not us."""


@dataclass(frozen=True)
class Mapping:
    """Describe an executable mapping.

    `name` and `inode` are its file's ("" and 0 without one); `own_kb` is how many kB the process
    has changed.
    """

    range: str
    inode: int
    name: str
    own_kb: int


def belongs_to(pid: int, container_id: str) -> bool:
    """Whether a process of this host is a container's, as far as that can be seen."""
    try:
        return len(container_id) == ID_LENGTH and container_id.encode() in read_bytes(
            f"/proc/{pid}/cgroup"
        )
    except OSError:
        return False


def read_bytes(path: str, limit: int = 65536) -> bytes:
    """Read the first bytes of a file of /proc.

    Called for every process of the host, so without the layers of open().
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(descriptor, limit)
    finally:
        os.close(descriptor)


def is_open(pid: int, container_id: str) -> bool:
    """Whether that process is the container's, and its files are ours to look at."""
    return belongs_to(pid, container_id) and os.access(f"/proc/{pid}/root/.", os.X_OK)


def processes_of(container_id: str) -> list[int]:
    """List the processes of a container, and of the containers within."""
    with os.scandir("/proc") as entries:
        pids = [int(entry.name) for entry in entries if entry.name.isdigit()]
    return [pid for pid in pids if belongs_to(pid, container_id)]


def instance(pid: int) -> tuple[str, str]:
    """Identify a running program among all that run before or after it, also in its process.

    That is when the process began, and where its program's stack does, which is drawn anew for each
    (proc(5), `starttime` and `startstack`).
    """
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return fields[19], fields[25]


def file_key(path: str) -> FileKey:
    """Identify the file that a path leads to."""
    status = os.stat(path)  # noqa: PTH116  /proc's magic links, which are no paths
    return status.st_ino, status.st_size, status.st_ctime_ns


def same_view(pid: int, other: int) -> bool:
    """Whether two processes see the same files under the same names."""
    roots = [os.stat(f"/proc/{number}/root") for number in (pid, other)]  # noqa: PTH116
    mounts = [os.readlink(f"/proc/{number}/ns/mnt") for number in (pid, other)]  # noqa: PTH115
    same_root = (roots[0].st_dev, roots[0].st_ino) == (roots[1].st_dev, roots[1].st_ino)
    return mounts[0] == mounts[1] and same_root


def is_traced(pid: int) -> bool:
    """Whether another process controls it (ptrace)."""
    status = Path(f"/proc/{pid}/status").read_text()
    return not re.search(r"^TracerPid:\t0$", status, re.MULTILINE)


def code_of(pid: int) -> Iterator[Mapping]:
    """Yield a process's executable mappings. Raises LimitExceeded."""
    current: tuple[str, int, str] | None = None
    with Path(f"/proc/{pid}/smaps").open(errors="replace") as smaps:
        text = smaps.read(READ_MAX)
    if len(text) == READ_MAX:
        raise LimitExceeded(f"process {pid} has more mappings than are read")
    for line in text.splitlines():
        if begins := MAPPING.match(line):
            runs = "x" in begins[2]
            current = (begins[1], int(begins[3]), begins[4]) if runs else None
        elif current and line.startswith("Anonymous:"):
            yield Mapping(*current, int(line.split()[1]))


def holders(pids: Iterable[int], inode: int) -> set[int]:
    """Find which of these processes have a socket open. Raises LimitExceeded."""
    target, count, holding = f"socket:[{inode}]", 0, set[int]()
    for pid in pids:
        for link in open_files(pid):
            count += 1
            if link == target:
                holding.add(pid)
            if count > OPEN_MAX:
                raise LimitExceeded("more files are open than are looked through")
    return holding


def open_files(pid: int) -> Iterator[str]:
    """Yield what a process's descriptors lead to, "" for those that are closed meanwhile."""
    try:
        with os.scandir(f"/proc/{pid}/fd") as entries:
            for entry in entries:
                try:
                    link = os.readlink(entry.path)  # noqa: PTH115
                except OSError:
                    link = ""
                yield link
    except FileNotFoundError:  # it has ended
        return


def inner_pid(pid: int, init: int) -> int:
    """Return the number of a process in its machine, whose init is `init`.

    It is 0 when that can't be told.
    """
    level = len(numbers_of(init)) - 1
    numbers = numbers_of(pid)
    return numbers[level] if level < len(numbers) else 0


def numbers_of(pid: int) -> list[int]:
    """List a process's numbers in its PID namespaces, the host's first."""
    status = Path(f"/proc/{pid}/status").read_text()
    match = re.search(r"^NSpid:\t(.*)$", status, re.MULTILINE)
    return [int(number) for number in match[1].split()] if match else [pid]


def upper_of_root(pid: int) -> str:
    """Return the upper folder of the overlay that is a process's root, "" for another root."""
    mountinfo = read_bytes(f"/proc/{pid}/mountinfo").decode(errors="replace")
    for line in mountinfo.splitlines():
        fields = line.split()
        is_root = len(fields) > 4 and fields[4] == "/" and "- overlay " in line
        if is_root and (match := UPPER.search(line)):
            return match[1]
    return ""


def open_inside(pid: int, path: str) -> int:
    """Open a path (O_PATH) in a machine, which any of its processes stands for.

    Symbolic links are refused: an absolute link would lead to this host's own files.
    """
    at = os.open(f"/proc/{pid}/root", os.O_PATH | os.O_DIRECTORY)
    for part in Path(path).parts[1:]:
        try:
            inner = os.open(part, os.O_PATH | os.O_NOFOLLOW, dir_fd=at)
        finally:
            os.close(at)
        at = inner
    return at


def is_folder(pid: int, path: str) -> bool:
    """Whether there is such a folder in a machine."""
    try:
        descriptor = open_inside(pid, path)
    except OSError:
        return False
    try:
        return stat.S_ISDIR(os.fstat(descriptor).st_mode)
    finally:
        os.close(descriptor)


def connect_inside(pid: int, path: str, seconds: float) -> socket.socket:
    """Connect to a unix socket in a machine."""
    descriptor = open_inside(pid, path)
    connection = socket.socket(socket.AF_UNIX)
    try:
        if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
            raise FileNotFoundError(f"{path} is no socket")
        connection.settimeout(seconds)
        connection.connect(f"/proc/self/fd/{descriptor}")
    except BaseException:
        connection.close()
        raise
    finally:
        os.close(descriptor)
    return connection


def connect_to_first(pid: int, paths: Sequence[str], seconds: float) -> socket.socket:
    """Connect to the first of these unix sockets in a machine on which something listens."""
    for path in paths[:-1]:
        with suppress(OSError):
            return connect_inside(pid, path, seconds)
    return connect_inside(pid, paths[-1], seconds)


def peer_inode(connection: socket.socket) -> int:
    """Return the inode of the socket at the other end of a unix connection of ours.

    It is 0 until somebody has accepted the connection. The kernel is asked by its sock_diag netlink
    protocol (unix_diag).
    """
    inode = os.fstat(connection.fileno()).st_ino
    query = MESSAGE.pack(socket.AF_UNIX, 0, 0, 0, ANY_STATE, inode, SHOW_PEER, NO_COOKIE, NO_COOKIE)
    header = HEADER.pack(HEADER.size + len(query), SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST, 1, 0)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_SOCK_DIAG) as kernel:
        kernel.settimeout(5)
        kernel.send(header + query)
        answer = kernel.recv(4096)
    if HEADER.unpack_from(answer)[1] != SOCK_DIAG_BY_FAMILY:
        raise UnsupportedByKernel("the kernel does not tell who is at the other end of a socket")
    return peer_attribute(answer[HEADER.size + 16 :])


def peer_attribute(attributes: bytes) -> int:
    """Find UNIX_DIAG_PEER among the attributes behind a `struct unix_diag_msg`."""
    while len(attributes) >= ATTRIBUTE.size:
        length, kind = ATTRIBUTE.unpack_from(attributes)
        if kind == UNIX_DIAG_PEER:
            return int.from_bytes(attributes[4:8], "little")
        attributes = attributes[(max(length, 4) + 3) & ~3 :]
    return 0
