"""What the host sees of processes and sockets, on processes of this test's own."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import Mock

import pytest

from sandboxes.engine.facts import PeerAttestation
from sandboxes.engine.linux import attestation, procfs
from sandboxes.errors import EngineError

HOLDER = (
    "import socket, sys; s = socket.socket(fileno=int(sys.argv[1])); print(flush=True);"
    " sys.stdin.read()"
)


@pytest.fixture
def listening(tmp_path: Path) -> Iterator[socket.socket]:
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(tmp_path / "socket"))
    server.listen()
    yield server
    server.close()


def test_the_other_end_of_a_connection_and_who_holds_it(listening: socket.socket) -> None:
    with socket.socket(socket.AF_UNIX) as ours:
        ours.connect(listening.getsockname())
        assert procfs.peer_inode(ours) == 0  # nobody has accepted it
        theirs, _ = listening.accept()
        with theirs:
            inode = procfs.peer_inode(ours)
            assert inode == os.fstat(theirs.fileno()).st_ino
            command = [sys.executable, "-c", HOLDER, str(theirs.fileno())]
            other = subprocess.Popen(
                command, pass_fds=[theirs.fileno()], stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
            with other:
                assert other.stdout
                other.stdout.readline()
                assert procfs.holders([os.getpid(), other.pid, 1 << 30], inode) == {
                    os.getpid(),
                    other.pid,
                }
                assert other.stdin
                other.stdin.close()


def test_links_are_not_followed_on_the_way_to_a_socket(
    listening: socket.socket, tmp_path: Path
) -> None:
    path = listening.getsockname()
    procfs.connect_inside(os.getpid(), path, 1).close()
    (tmp_path / "link").symlink_to(path)
    (tmp_path / "folder").symlink_to(tmp_path)
    (tmp_path / "file").touch()
    for wrong in ("link", "folder/socket", "file", "none"):
        with pytest.raises(OSError):  # noqa: PT011  whichever the kernel has for it
            procfs.connect_inside(os.getpid(), str(tmp_path / wrong), 1)
    procfs.connect_to_first(os.getpid(), (str(tmp_path / "none"), path), 1).close()
    assert procfs.is_folder(os.getpid(), str(tmp_path))
    assert not procfs.is_folder(os.getpid(), str(tmp_path / "folder"))
    assert not procfs.is_folder(os.getpid(), str(tmp_path / "file"))


def test_a_program_is_known_by_its_file_and_by_when_it_began() -> None:
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            _wait_for(process)
            own_pid = os.getpid()
            program = os.readlink(f"/proc/{process.pid}/exe")  # noqa: PTH115
            known = {mapping.name: procfs.file_key(mapping.name) for mapping in _files(process.pid)}
            reference = attestation.Reference(known)
            assert attestation.program_fault(process.pid, own_pid, program, reference) == ""
            assert (
                attestation.program_fault(process.pid, own_pid, sys.executable, reference)
                == attestation.CHANGED
            )
            lacking = attestation.Reference({program: known[program]})
            assert "did not come with" in attestation.program_fault(
                process.pid, own_pid, program, lacking
            )
            assert procfs.instance(process.pid) == procfs.instance(process.pid)
            assert procfs.instance(process.pid) != procfs.instance(own_pid)
        finally:
            process.kill()


def _wait_for(cat: "subprocess.Popen[bytes]") -> None:
    """Until it has loaded all its libraries."""
    assert cat.stdin
    assert cat.stdout
    cat.stdin.write(b"there\n")
    cat.stdin.flush()
    assert cat.stdout.readline() == b"there\n"


def _files(pid: int) -> list[procfs.Mapping]:
    return [mapping for mapping in procfs.code_of(pid) if mapping.inode]


def test_nobody_is_a_container_that_has_no_such_id() -> None:
    assert not procfs.belongs_to(os.getpid(), "")
    assert procfs.processes_of("0" * 64) == []
    assert not procfs.belongs_to(1 << 30, "0" * 64)


def test_whoever_has_more_open_than_a_machine_needs_is_not_looked_through(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(procfs, "OPEN_MAX", 1)
    with pytest.raises(procfs.LimitExceeded):
        procfs.holders([os.getpid()], 1)
    monkeypatch.setattr(procfs, "READ_MAX", 100)
    with pytest.raises(procfs.LimitExceeded):
        list(procfs.code_of(os.getpid()))


def test_what_this_host_does_not_tell_is_not_held_against_anybody(
    listening: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = socket.socket(socket.AF_UNIX)
    ours.connect(listening.getsockname())
    connection = attestation.HostAttestedConnection(ours, "0" * 64, os.getpid(), {})
    assert connection.precheck() == attestation.ANOTHER  # nobody has accepted it
    for error in (PermissionError("not yours"), procfs.UnsupportedByKernel("no such protocol")):
        monkeypatch.setattr(procfs, "peer_inode", Mock(side_effect=error))
        assert (connection.precheck(), connection.attest()) == ("", PeerAttestation(visible=False))
    monkeypatch.setattr(procfs, "peer_inode", Mock(side_effect=procfs.LimitExceeded("all")))
    assert connection.precheck() == attestation.TOO_MUCH
    monkeypatch.setattr(procfs, "peer_inode", Mock(side_effect=FileNotFoundError("gone")))
    with pytest.raises(EngineError, match="ended"):
        connection.attest()
    connection.close()
