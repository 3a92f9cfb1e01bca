"""The stream in which an engine sends a program's output, and how much of it is taken."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from sandboxes.engine.checker_protocol import REPLY_MAX, ProbeGarbled
from sandboxes.engine.docker.connections import ExecConnection
from sandboxes.engine.docker.probes import receive_output
from sandboxes.engine.output_stream import Demultiplexer

STDOUT, STDERR = 1, 2


def piece(data: bytes, stream: int = STDOUT) -> bytes:
    return bytes([stream, 0, 0, 0]) + len(data).to_bytes(4, "big") + data


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    near, far = socket.socketpair()
    with near, far:
        yield near, far


def test_standard_output_is_picked_out_however_it_is_cut() -> None:
    stream = piece(b"one ") + piece(b"fault", STDERR) + piece(b"") + piece(b"two")
    for size in range(1, len(stream) + 1):
        demultiplexer = Demultiplexer()
        cuts = [stream[at : at + size] for at in range(0, len(stream), size)]
        assert b"".join(demultiplexer.feed(cut) for cut in cuts) == b"one two"
        assert demultiplexer.discarded == len(b"fault")


def test_a_reply_is_received_to_its_end(ends: tuple[socket.socket, socket.socket]) -> None:
    near, far = ends
    far.sendall(piece(b"reply") + piece(b"noise", STDERR) + piece(b" ends"))
    far.shutdown(socket.SHUT_WR)
    assert receive_output(near, time.monotonic() + 5) == b"reply ends"


@pytest.mark.parametrize("stream", [STDOUT, STDERR])
def test_a_reply_longer_than_any_is_refused(
    ends: tuple[socket.socket, socket.socket], stream: int
) -> None:
    near, far = ends

    def send() -> None:
        with suppress(OSError):  # nobody reads all of it
            far.sendall(piece(b"x" * 1024, stream) * 1024)

    assert REPLY_MAX < 1024 * 1024
    sender = threading.Thread(target=send)
    sender.start()
    with pytest.raises(ProbeGarbled, match="longer"):
        receive_output(near, time.monotonic() + 10)
    near.close()
    sender.join(10)


def test_a_late_reply_is_not_waited_for(ends: tuple[socket.socket, socket.socket]) -> None:
    with pytest.raises(TimeoutError):
        receive_output(ends[0], time.monotonic() + 0.05)


class FakeApi:
    """An engine's exec, whose stream is a socket of the test's."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection

    def exec_create(
        self, container: str, command: list[str], *, stdin: bool, user: str
    ) -> dict[str, str]:
        return {"Id": "exec"}

    def exec_start(self, exec_id: str, *, socket: bool) -> Any:
        return self.connection

    def exec_inspect(self, exec_id: str) -> dict[str, int]:
        return {"ExitCode": 0}


def test_an_execd_program_is_a_connection(ends: tuple[socket.socket, socket.socket]) -> None:
    near, far = ends
    connection = ExecConnection(FakeApi(near), "container", ["cat"])  # type: ignore[arg-type]
    connection.send(b"question")
    assert far.recv(100) == b"question"
    far.sendall(piece(b"noise", STDERR) + piece(b"answer"))
    assert connection.receive(5) == b"answer"
    far.sendall(piece(b"more"))
    far.shutdown(socket.SHUT_WR)
    assert connection.receive_all(time.monotonic() + 5) == b"more"
    assert connection.succeeded()
    connection.close()
