"""Who answers on a socket in a machine, seen from its host.

A student is root in the machine. They can put a server of their own where the Docker engine's socket is, another file
over the engine's program, or a library into it; what it says is then theirs. None of that can be hidden from the kernel
of the host, which is asked, while the connection is open:

- which processes have the other end of it open (sock_diag, /proc/<pid>/fd): it must be one, and the same program must
  have been running in it before we connected, so that it took the connection itself;
- what that process runs: its program and every file that it has mapped to run must be the image's own, unchanged: the
  same inode, size and time of change as in a container that was just made from the image. The time of change is the
  kernel's to set. No such page may have been written to, and nobody may trace the process;
- which files it sees: those of the machine's first process.

What is left is to rewrite data (not code) of the running engine, byte by byte, through /proc/<pid>/mem: nothing here
notices that. The engine then says what the student wants, short of what the host sees: processes and folders.
"""

import os
import socket
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from sandboxes.engine.docker.connections import SocketConnection
from sandboxes.engine.interface import PeerAttestation
from sandboxes.engine.linux import procfs
from sandboxes.engine.linux.procfs import FileKey
from sandboxes.errors import EngineError

# What code without a file the kernel itself puts into every process.
KERNELS = ("[vdso]", "[vsyscall]")
# Where an image keeps programs and the libraries that they load; Debian's /bin, /sbin and /lib lead here.
FOLDERS = ("/usr/sbin", "/usr/bin", "/usr/lib", "/usr/local/sbin", "/usr/local/bin")

ANOTHER = "another program answers there"
TOO_MUCH = "there is more to look through than a machine needs"
CHANGED = "its program is not the one that the machine came with"


@dataclass(frozen=True)
class Reference:
    """What a fresh container of an image has: the files that it runs by path, unchanged."""

    files: Mapping[str, FileKey]

    @property
    def keys(self) -> frozenset[FileKey]:
        return frozenset(self.files.values())


def read_reference(pid: int) -> Reference:
    """Of a container that was just made, whose process is `pid`. Raises OSError."""
    return Reference({path: key for folder in FOLDERS for path, key in _files(f"/proc/{pid}/root", folder)})


def _files(root: str, folder: str) -> Iterator[tuple[str, FileKey]]:
    """The regular files of a folder, and of the folders for one architecture's libraries below it."""
    try:
        entries = list(os.scandir(root + folder))
    except FileNotFoundError:
        return
    for entry in entries:
        path = f"{folder}/{entry.name}"
        if entry.is_dir(follow_symlinks=False) and "-linux-gnu" in path:
            yield from _files(root, path)
        elif entry.is_file(follow_symlinks=False):
            found = entry.stat(follow_symlinks=False)
            yield path, (found.st_ino, found.st_size, found.st_ctime_ns)


def program_fault(pid: int, init: int, program: str, reference: Reference, *, makes_code: bool = False) -> str:
    """Why a process is not the image's own `program` in the machine whose init is `init`; "" when it is. `makes_code`:
    the program writes code by itself, as QEMU does. Raises OSError when it has ended."""
    if procfs.file_key(f"/proc/{pid}/exe") != reference.files.get(program):
        return CHANGED
    if not procfs.same_view(pid, init):
        return "it sees other files than the machine"
    if procfs.is_traced(pid):
        return "another program controls it"
    return _code_fault(pid, reference.keys, makes_code=makes_code)


def _code_fault(pid: int, known: Collection[FileKey], *, makes_code: bool) -> str:
    for mapping in procfs.code_of(pid):
        if not mapping.inode:
            if mapping.name not in KERNELS and not makes_code:
                return "it runs code that is in no file"
        elif procfs.file_key(f"/proc/{pid}/map_files/{mapping.range}") not in known:
            return f"it has loaded {mapping.name.rpartition('/')[2][:60]}, which the machine did not come with"
        elif mapping.own_kb:
            return "its code was changed while it ran"
    return ""


class HostAttestedConnection(SocketConnection):
    """A connection into a machine on this host, and what the host sees of its other end. See engine.AttestedConnection."""

    def __init__(self, connection: socket.socket, container_id: str, init: int, before: Mapping[int, object]) -> None:
        super().__init__(connection)
        self._container, self._init, self._before = container_id, init, before
        self.expected: tuple[str, Reference] = ("", Reference({}))

    def precheck(self) -> str:
        return self._try(lambda: PeerAttestation(visible=True, fault=self._answerer(self._pids())[1])).fault

    def attest(self, folders: Collection[str] = ()) -> PeerAttestation:
        return self._try(lambda: self._look(folders))

    def _try(self, look: Callable[[], PeerAttestation]) -> PeerAttestation:
        try:
            return look()
        except (PermissionError, procfs.UnsupportedByKernel):
            return PeerAttestation(visible=False)
        except procfs.LimitExceeded:
            return PeerAttestation(visible=True, fault=TOO_MUCH)
        except OSError as error:
            raise EngineError(f"what answered ended while it was looked at: {error}") from error

    def _look(self, folders: Collection[str]) -> PeerAttestation:
        pids = self._pids()
        pid, fault = self._answerer(pids)
        fault = fault or program_fault(pid, self._init, *self.expected)
        missing = frozenset(path for path in folders if not procfs.is_folder(self._init, path))
        return PeerAttestation(
            visible=True, fault=fault, roots={} if fault else dict(self._roots(pids)), missing=missing
        )

    def _pids(self) -> list[int]:
        return procfs.processes_of(self._container)

    def _answerer(self, pids: Collection[int]) -> tuple[int, str]:
        """The one process that has the other end, and why it can't be the right one."""
        inode = procfs.peer_inode(self.connection)
        found = procfs.holders(pids, inode) if inode else set()
        if len(found) != 1:
            return 0, ANOTHER
        [pid] = found
        program, reference = self.expected
        if procfs.file_key(f"/proc/{pid}/exe") != reference.files.get(program):
            return pid, CHANGED
        return pid, "" if self._before.get(pid) == procfs.instance(pid) else ANOTHER

    def _roots(self, pids: Collection[int]) -> Iterator[tuple[int, str]]:
        for pid in pids:
            try:
                if not procfs.same_view(pid, self._init):
                    yield procfs.inner_pid(pid, self._init), procfs.upper_of_root(pid)
            except OSError:
                continue


def connect_attested(
    container_id: str, init: int, path: str, program: str, reference: Reference, seconds: float
) -> HostAttestedConnection:
    """Connect, having noted what runs. Raises OSError."""
    before = {pid: running for pid in procfs.processes_of(container_id) if (running := _instance(pid))}
    connection = HostAttestedConnection(procfs.connect_inside(init, path, seconds), container_id, init, before)
    connection.expected = (program, reference)
    return connection


def _instance(pid: int) -> tuple[str, str] | None:
    try:
        return procfs.instance(pid)
    except (OSError, IndexError):
        return None
