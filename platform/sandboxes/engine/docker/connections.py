"""Connect to a server in a machine.

Straight to its socket where the machine runs on this host, and else through a program in the
machine whose input and output are ours, exec'd by the engine.
"""

import contextlib
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, cast

import docker

from core.waiting import with_retries
from sandboxes.engine import files_protocol
from sandboxes.engine.docker.client import engine_errors
from sandboxes.engine.docker.context import EngineContext
from sandboxes.engine.facts import Sockets
from sandboxes.engine.interface import Connection
from sandboxes.engine.linux import procfs
from sandboxes.engine.linux.machine_files import RUNTIMES
from sandboxes.engine.linux.unix_connection import UnixConnection
from sandboxes.engine.machine_paths import FILES, GUEST_ASK, PTY_DIAL
from sandboxes.engine.output_stream import Demultiplexer
from sandboxes.errors import EngineError, InsideSilent

Connected = TypeVar("Connected")
CONNECT_SECONDS = 5.0
RETRY_SECONDS = 0.02


class DockerConnector:
    """Implement MachineConnector on a Docker engine."""

    def __init__(self, context: EngineContext) -> None:
        self._context = context

    def open_connection(
        self, container_id: str, socket: Sockets, *, wait_seconds: float = 0.0
    ) -> Connection:
        api = self._context.api
        with engine_errors():
            init = local_init(api.inspect_container(container_id))
        if not init:
            return open_relay(api, container_id, socket, wait_seconds=wait_seconds)
        return connect_with_retries(
            lambda: UnixConnection(
                procfs.connect_to_first(init, paths_of(socket), CONNECT_SECONDS)
            ),
            socket,
            wait_seconds=wait_seconds,
        )

    def ask_files(self, container_id: str, request: bytes, seconds: float) -> bytes:
        return ask_files(self._context.api, container_id, request, seconds)


class ExecConnection:
    """Carry bytes to and from a program that the engine runs in a machine, as a Connection."""

    def __init__(
        self, api: docker.APIClient, container_id: str, command: Sequence[str], *, user: str = ""
    ) -> None:
        with engine_errors():
            created = api.exec_create(container_id, list(command), stdin=True, user=user)
            self._api, self._id = api, created["Id"]
            # The stream holds the response, and that the socket.
            self._stream: Any = api.exec_start(created["Id"], socket=True)
        self._socket = cast("socket.socket", getattr(self._stream, "_sock", self._stream))
        self._demultiplexer = Demultiplexer()

    def send(self, data: bytes) -> None:
        with engine_errors():
            self._socket.sendall(data)

    def end_input(self) -> None:
        """Let the program see the end of its input; its output still comes."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)

    def receive(self, seconds: float) -> bytes:
        self._socket.settimeout(seconds)
        output = b""
        while not output:
            try:
                data = self._socket.recv(65536)
            except TimeoutError:
                raise
            except OSError:
                return b""
            if not data:
                return b""
            output = self._demultiplexer.feed(data)
        return output

    def receive_all(self, deadline: float) -> bytes:
        """Return all output until the program ends. Raises TimeoutError past `deadline`."""
        return b"".join(iter(lambda: self.receive(max(0.001, deadline - time.monotonic())), b""))

    def succeeded(self) -> bool:
        """Whether the program, of which all output has been received, ended with exit code 0."""
        with engine_errors():
            return bool(self._api.exec_inspect(self._id)["ExitCode"] == 0)

    def close(self) -> None:
        self.end_input()  # the relaying program ends at the end of its input
        self._stream.close()


def paths_of(sockets: Sockets) -> tuple[str, ...]:
    return (sockets,) if isinstance(sockets, str) else sockets


def open_relay(
    api: docker.APIClient, container_id: str, sockets: Sockets, *, wait_seconds: float
) -> ExecConnection:
    """Connect to a unix socket through a relay in the machine.

    In a machine from before relays knew of several sockets, it takes the last.
    """
    options = [option for path in paths_of(sockets) for option in ("--socket", path)]
    wait = ("--wait", str(int(wait_seconds * 1000)))
    return ExecConnection(api, container_id, [*PTY_DIAL, *options, *wait])


def local_init(container: Mapping[str, Any]) -> int:
    """Return the first process of an inspected machine, by this host's count.

    It is 0 where the machine runs on another host, or one that we may not look into, or where the
    process is a hypervisor's (another runtime's).
    """
    pid = int(container["State"]["Pid"])
    runs_here = container["HostConfig"]["Runtime"] in RUNTIMES and pid
    return pid if runs_here and procfs.is_open(pid, container["Id"]) else 0


def ask_guest(api: docker.APIClient, container_id: str, command: str, seconds: float) -> bytes:
    """Return what a command prints in the machine's guest. See MachineInspector.ask_guest.

    The program that relays is out of the student's reach in such a machine.
    """
    deadline = time.monotonic() + seconds
    stream = ExecConnection(api, container_id, GUEST_ASK)
    try:
        stream.send(command.encode())
        stream.end_input()
        output = stream.receive_all(deadline)
    except TimeoutError:
        raise EngineError(f"the guest did not answer within {seconds:g} s") from None
    finally:
        stream.close()
    if not stream.succeeded():
        raise EngineError("no guest answers")
    return output


def ask_files(api: docker.APIClient, container_id: str, request: bytes, seconds: float) -> bytes:
    """Return what `files` replies in the machine. See FileRunner.ask_files."""
    deadline = time.monotonic() + seconds
    try:
        stream = ExecConnection(api, container_id, [FILES], user="0:0")
    except EngineError as error:
        if FILES in str(error):
            raise InsideSilent("the machine has no program for its files") from error
        raise
    try:
        stream.send(request)
        reply = bytearray()
        while not files_protocol.is_whole(reply):
            piece = stream.receive(max(0.001, deadline - time.monotonic()))
            if not piece:
                raise InsideSilent("the program for the machine's files ended without a reply")
            reply += piece
        return bytes(reply)
    except TimeoutError:
        raise InsideSilent(f"the machine's files were not there after {seconds:g} s") from None
    finally:
        stream.close()


def connect_with_retries(
    connect: Callable[[], Connected], sockets: Sockets, *, wait_seconds: float
) -> Connected:
    """Connect again until `connect` raises no OSError any more. Raises EngineError."""
    try:
        return with_retries(
            connect, retry_on=OSError, seconds=wait_seconds, poll_seconds=RETRY_SECONDS
        )
    except OSError as error:
        raise EngineError(
            f"nothing answers on {paths_of(sockets)[-1]}: {error.strerror}"
        ) from error
