"""Ways to a server in a machine: straight to its socket where the machine runs on this host, and else through a
program in the machine whose input and output are ours, exec'd by the engine."""

import contextlib
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, cast

import docker

from sandboxes.engine.docker.client import engine_errors
from sandboxes.engine.interface import GUEST_ASK, PTY_DIAL, Connection
from sandboxes.engine.linux import procfs
from sandboxes.engine.linux.machine_files import RUNTIMES
from sandboxes.errors import EngineError

HEADER = 8
STDOUT = 1
Connected = TypeVar("Connected")
CONNECT_SECONDS = 5.0
AGAIN_SECONDS = 0.02


class SocketConnection:
    """A connection to a unix socket on this host, as a Connection (engine.py)."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection

    def send(self, data: bytes) -> None:
        with engine_errors():
            self.connection.sendall(data)

    def receive(self, seconds: float) -> bytes:
        self.connection.settimeout(seconds)
        try:
            return self.connection.recv(65536)
        except TimeoutError:
            raise
        except OSError:
            return b""

    def close(self) -> None:
        self.connection.close()


class ExecStream:
    """An exec'd program, as a Connection (engine.py). The engine puts 8 bytes before each piece of output: stream number,
    three zeros, length as a big-endian u32
    (https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/ContainerAttach)."""

    def __init__(self, api: docker.APIClient, container_id: str, command: Sequence[str]) -> None:
        with engine_errors():
            made = api.exec_create(container_id, list(command), stdin=True)
            self._api, self._id = api, made["Id"]
            # The stream keeps the response, and that the socket.
            self._stream: Any = api.exec_start(made["Id"], socket=True)
        self._socket = cast("socket.socket", getattr(self._stream, "_sock", self._stream))
        self._waiting = bytearray()

    def send(self, data: bytes) -> None:
        with engine_errors():
            self._socket.sendall(data)

    def end_input(self) -> None:
        """Let the program see the end of its input; what it says comes all the same."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)

    def receive(self, seconds: float) -> bytes:
        self._socket.settimeout(seconds)
        while (piece := self._next_piece()) is None:
            if not self._fill():
                return b""
        return piece

    def ended_well(self) -> bool:
        """Whether the program, of which all output has been received, ended with exit code 0."""
        with engine_errors():
            return bool(self._api.exec_inspect(self._id)["ExitCode"] == 0)

    def close(self) -> None:
        self.end_input()  # the relaying program ends at the end of its input
        self._stream.close()

    def _fill(self) -> bool:
        try:
            got = self._socket.recv(65536)
        except TimeoutError:
            raise
        except OSError:
            return False
        self._waiting += got
        return bool(got)

    def _next_piece(self) -> bytes | None:
        """The next whole piece of standard output, or None when more bytes are needed."""
        while len(self._waiting) >= HEADER:
            end = HEADER + int.from_bytes(self._waiting[4:HEADER], "big")
            if len(self._waiting) < end:
                return None
            piece, wanted = bytes(self._waiting[HEADER:end]), self._waiting[0] == STDOUT
            del self._waiting[:end]
            if wanted and piece:
                return piece
        return None


def open_connection(api: docker.APIClient, container_id: str, path: str, *, wait_seconds: float) -> Connection:
    """A connection to a unix socket in the machine, which may take so long to appear. Raises EngineError."""
    with engine_errors():
        init = init_here(api.inspect_container(container_id))
    if not init:
        return open_exec(api, container_id, path, wait_seconds=wait_seconds)
    return SocketConnection(
        with_retries(lambda: procfs.connect_inside(init, path, CONNECT_SECONDS), path, wait_seconds=wait_seconds)
    )


def open_exec(api: docker.APIClient, container_id: str, path: str, *, wait_seconds: float) -> ExecStream:
    """The same through a relay in the machine."""
    return ExecStream(api, container_id, [*PTY_DIAL, path, "--wait", str(int(wait_seconds * 1000))])


def init_here(found: Mapping[str, Any]) -> int:
    """The first process of a machine that the engine has inspected, by this host's count; 0 where that is another
    host, or not ours to look into, or the process is a hypervisor's (another runtime's)."""
    pid = int(found["State"]["Pid"])
    runs_here = found["HostConfig"]["Runtime"] in RUNTIMES and pid
    return pid if runs_here and procfs.is_open(pid, found["Id"]) else 0


def ask_guest(api: docker.APIClient, container_id: str, command: str, seconds: float) -> bytes:
    """See SandboxEngine.ask_guest. The program that relays is out of the student's reach in such a machine."""
    end = time.monotonic() + seconds
    stream = ExecStream(api, container_id, GUEST_ASK)
    try:
        stream.send(command.encode())
        stream.end_input()
        said = b"".join(iter(lambda: stream.receive(max(0.001, end - time.monotonic())), b""))
    except TimeoutError:
        raise EngineError(f"the guest did not answer within {seconds:g} s") from None
    finally:
        stream.close()
    if not stream.ended_well():
        raise EngineError("no guest answers")
    return said


def with_retries(connect: Callable[[], Connected], path: str, *, wait_seconds: float) -> Connected:
    """What `connect` gives once it raises no OSError any more. Raises EngineError."""
    end = time.monotonic() + wait_seconds
    while True:
        try:
            return connect()
        except OSError as error:
            if time.monotonic() > end:
                raise EngineError(f"nothing answers on {path}: {error.strerror}") from error
        time.sleep(AGAIN_SECONDS)
