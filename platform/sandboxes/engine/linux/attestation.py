"""Attest who answers on a socket in a machine, as seen from its host.

A student is root in the machine. They can put a server of their own where the Docker engine's
socket is, another file over the engine's program, or a library into it; what it says is then
theirs. None of that can be hidden from the kernel of the host, which is asked, while the connection
is open:

- which processes have the other end of it open (sock_diag, /proc/<pid>/fd): it must be a single
  one, and the same program must have been running in it before we connected, so that it took the
  connection itself;
- what that process runs: its program and every file that it has mapped to run must be the image's
  own, unchanged: the same inode, size and time of change as in a container that was just made from
  the image. The time of change is the kernel's to set. No such page may have been written to, and
  nobody may trace the process;
- which files it sees: those of the machine's first process.

What is left is to rewrite data (not code) of the running engine, byte by byte, through
/proc/<pid>/mem: nothing here notices that. The engine then says what the student wants, short of
what the host sees: processes and folders.
"""

import os
import socket
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sandboxes.engine.facts import PeerAttestation
from sandboxes.engine.linux import procfs
from sandboxes.engine.linux.procfs import FileKey
from sandboxes.engine.linux.unix_connection import UnixConnection
from sandboxes.errors import EngineError

# What code without a file the kernel itself puts into every process.
KERNEL_MAPPINGS = ("[vdso]", "[vsyscall]")
# Where an image has programs and the libraries that they load; Debian's /bin, /sbin and /lib lead
# here.
FOLDERS = ("/usr/sbin", "/usr/bin", "/usr/lib", "/usr/local/sbin", "/usr/local/bin")

ANOTHER = "another program answers there"
TOO_MUCH = "there is more to look through than a machine needs"
CHANGED = "its program is not the one that the machine came with"


@dataclass(frozen=True)
class Reference:
    """Hold the unchanged files, by path, that a fresh container of an image can run."""

    files: Mapping[str, FileKey]

    @property
    def keys(self) -> frozenset[FileKey]:
        return frozenset(self.files.values())


def read_reference(pid: int) -> Reference:
    """Read the files of a container that was just made, whose process is `pid`. Raises OSError."""
    return Reference(
        {
            path: key
            for folder in FOLDERS
            for path, key in program_files(f"/proc/{pid}/root", folder)
        }
    )


def program_files(root: str, folder: str) -> Iterator[tuple[str, FileKey]]:
    """Yield a folder's regular files, and those of its folders for an architecture's libraries."""
    try:
        entries = list(os.scandir(root + folder))
    except FileNotFoundError:
        return
    for entry in entries:
        path = f"{folder}/{entry.name}"
        if entry.is_dir(follow_symlinks=False) and "-linux-gnu" in path:
            yield from program_files(root, path)
        elif entry.is_file(follow_symlinks=False):
            status = entry.stat(follow_symlinks=False)
            yield path, (status.st_ino, status.st_size, status.st_ctime_ns)


def program_fault(
    pid: int, init: int, program: str, reference: Reference, *, writes_code: bool = False
) -> str:
    """Say why a process is not the image's own `program`, "" when it is.

    `init` is the first process of the machine. `writes_code`: the program writes code by itself, as
    QEMU does. Raises OSError when the process has ended.
    """
    if procfs.file_key(f"/proc/{pid}/exe") != reference.files.get(program):
        return CHANGED
    if not procfs.same_view(pid, init):
        return "it sees other files than the machine"
    if procfs.is_traced(pid):
        return "another program controls it"
    return code_fault(pid, reference.keys, writes_code=writes_code)


def code_fault(pid: int, known: Collection[FileKey], *, writes_code: bool) -> str:
    """Say which code of a process is not the image's, "" when all of it is."""
    for mapping in procfs.code_of(pid):
        if not mapping.inode:
            if mapping.name not in KERNEL_MAPPINGS and not writes_code:
                return "it runs code that is in no file"
        elif procfs.file_key(f"/proc/{pid}/map_files/{mapping.range}") not in known:
            name = mapping.name.rpartition("/")[2][:60]
            return f"it has loaded {name}, which the machine did not come with"
        elif mapping.own_kb:
            return "its code was changed while it ran"
    return ""


class HostAttestedConnection(UnixConnection):
    """Carry bytes into a machine on this host, and attest the other end of the connection.

    `expected` is the program that should answer, and its image's files; `before` tells what ran in
    the machine before the connection was made.
    """

    def __init__(
        self, connection: socket.socket, container_id: str, init: int, before: Mapping[int, object]
    ) -> None:
        super().__init__(connection)
        self._container, self._init, self._before = container_id, init, before
        self.expected: tuple[str, Reference] = ("", Reference({}))

    def precheck(self) -> str:
        def attest() -> PeerAttestation:
            _, fault = self._answering_process(procfs.processes_of(self._container))
            return PeerAttestation(visible=True, fault=fault)

        return attest_or_say_why(attest).fault

    def attest(self, folders: Collection[str] = ()) -> PeerAttestation:
        def attest() -> PeerAttestation:
            pids = procfs.processes_of(self._container)
            pid, fault = self._answering_process(pids)
            fault = fault or program_fault(pid, self._init, *self.expected)
            missing = (path for path in folders if not procfs.is_folder(self._init, path))
            return PeerAttestation(
                visible=True,
                fault=fault,
                missing=frozenset(missing),
                roots={} if fault else dict(self._foreign_roots(pids)),
            )

        return attest_or_say_why(attest)

    def _answering_process(self, pids: Collection[int]) -> tuple[int, str]:
        """Find the only process that has the other end, and say why it can't be the right one."""
        inode = procfs.peer_inode(self.connection)
        holders = procfs.holders(pids, inode) if inode else set()
        if len(holders) != 1:
            return 0, ANOTHER
        [pid] = holders
        program, reference = self.expected
        if procfs.file_key(f"/proc/{pid}/exe") != reference.files.get(program):
            return pid, CHANGED
        return pid, "" if self._before.get(pid) == procfs.instance(pid) else ANOTHER

    def _foreign_roots(self, pids: Collection[int]) -> Iterator[tuple[int, str]]:
        for pid in pids:
            try:
                if not procfs.same_view(pid, self._init):
                    yield procfs.inner_pid(pid, self._init), procfs.upper_of_root(pid)
            except OSError:
                continue


def attest_or_say_why(attest: Callable[[], PeerAttestation]) -> PeerAttestation:
    """Return what `attest` returns, or what its errors mean. Raises EngineError."""
    try:
        return attest()
    except (PermissionError, procfs.UnsupportedByKernel):
        return PeerAttestation(visible=False)
    except procfs.LimitExceeded:
        return PeerAttestation(visible=True, fault=TOO_MUCH)
    except OSError as error:
        raise EngineError(f"what answered ended while it was looked at: {error}") from error


def connect_attested(
    container_id: str,
    init: int,
    paths: Sequence[str],
    program: str,
    reference: Reference,
    seconds: float,
) -> HostAttestedConnection:
    """Connect to the first of these sockets on which something listens.

    What runs in the machine is noted before. Raises OSError.
    """
    before = {}
    for pid in procfs.processes_of(container_id):
        try:
            before[pid] = procfs.instance(pid)
        except (OSError, IndexError):  # it has ended
            continue
    socket_inside = procfs.connect_to_first(init, paths, seconds)
    connection = HostAttestedConnection(socket_inside, container_id, init, before)
    connection.expected = (program, reference)
    return connection
