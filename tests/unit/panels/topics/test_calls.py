"""Map reads which calls were made, from a recorder that may be anything: its machine's student is
root beside it."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from panels.errors import PanelUnavailable
from panels.machine import ObservedMachine
from panels.topics import calls
from panels.topics.calls import CALLS, Readers, read_calls
from sandboxes.engine.interface import Connection
from sandboxes.engine.linux.unix_connection import UnixConnection
from sandboxes.errors import EngineError, EngineUnavailable, MachineMissing
from sandboxes.machine_types.docker import CALLS_SOCKET
from sandboxes.machine_types.registry import machine_type
from tests.support.engine.call_recorder import ANSWER, Recorder, receive_until, request
from tests.support.waiting import wait_for

Reply = Callable[[bytes], bytes]


@dataclass
class SocketEngine:
    """Connect to a socket of this host in the place of a machine's."""

    path: Path
    opened: list[str] = field(default_factory=list)
    error: Exception | None = None

    def open_connection(self, _container_id: str, path: str) -> Connection:
        self.opened.append(path)
        if self.error:
            raise self.error
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(str(self.path))
        except OSError as error:
            raise EngineError(str(error)) from error
        return UnixConnection(connection)


def machine_with(engine: Any, container_id: str = "c1") -> ObservedMachine:
    return ObservedMachine("m1", "dock", container_id, machine_type("docker"), engine, 1)


@pytest.fixture(autouse=True)
def readers(monkeypatch: pytest.MonkeyPatch) -> Readers:
    monkeypatch.setattr(calls, "readers", Readers())
    return calls.readers


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    with Recorder(tmp_path) as running:
        yield running


@pytest.fixture
def liar(tmp_path: Path) -> Iterator[Callable[[Reply], SocketEngine]]:
    """Puts a program in the recorder's place that replies whatever it likes."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "liar"))
    listener.listen()

    def lie(reply: Reply) -> SocketEngine:
        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                    with connection:
                        while asked := connection.recv(100):
                            connection.sendall(reply(asked))
                except OSError:
                    return

        threading.Thread(target=serve, daemon=True).start()
        return SocketEngine(tmp_path / "liar")

    yield lie
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def make_call(recorder: Recorder, path: str) -> None:
    client, engine = recorder.pair()
    client.sendall(request("GET", path))
    receive_until(engine, b"\r\n\r\n")
    engine.sendall(ANSWER)
    receive_until(client, b"hello")


def test_calls_are_read_on_one_connection_for_as_long_as_somebody_watches(
    recorder: Recorder,
) -> None:
    engine = SocketEngine(recorder.report_path)
    machine = machine_with(engine)
    assert read_calls(machine) == {"total": 0, "calls": []}
    make_call(recorder, "/v1.45/containers/json?all=1")
    sample = read_calls(machine)
    assert sample == read_calls(machine)
    [call] = sample["calls"]
    assert call["ms"] > 0
    assert call["time"] > 1_700_000_000_000
    expected = {"method": "GET", "path": "/v1.45/containers/json?all=1", "status": 200, "id": 1}
    expected |= {"sent": 0, "received": 5, "cut": False}
    assert call.items() >= expected.items()
    assert engine.opened == [CALLS_SOCKET]


def test_a_recorder_that_was_started_again_is_asked_anew(recorder: Recorder) -> None:
    engine = SocketEngine(recorder.report_path)
    make_call(recorder, "/before")
    assert read_calls(machine_with(engine))["total"] == 1
    recorder.process.kill()
    recorder.process.wait(10)
    with pytest.raises(PanelUnavailable, match="nothing in it records them"):
        read_calls(machine_with(engine))
    recorder.process = recorder.start()
    recorder.engine.answer_ping()
    wait_for(recorder.lets_in, "a place for clients", every=0.005)
    make_call(recorder, "/after")
    assert [call["path"] for call in read_calls(machine_with(engine))["calls"]] == ["/after"]


def test_a_machine_without_a_recorder_says_so() -> None:
    with pytest.raises(PanelUnavailable, match="A reset makes a new one"):
        read_calls(machine_with(SocketEngine(Path("/nowhere"))))


@pytest.mark.parametrize("error", [MachineMissing("gone"), EngineUnavailable("away")])
def test_an_engine_that_is_away_is_no_missing_recorder(error: EngineError) -> None:
    with pytest.raises(type(error)):
        read_calls(machine_with(SocketEngine(Path("/nowhere"), error=error)))


@pytest.mark.parametrize(
    "reply",
    [
        b"no JSON\n",
        b"[]\n",
        b"[" * 100_000 + b"\n",
        b'{"version": ' + b"9" * 5000 + b"}\n",
        b"x" * 200_000,
    ],
)
def test_nonsense_is_an_error_and_no_more(
    liar: Callable[[Reply], SocketEngine], reply: bytes
) -> None:
    with pytest.raises(EngineError):
        read_calls(machine_with(liar(lambda _: reply)))


def test_a_recorder_that_says_nothing_is_waited_for_no_longer_than_a_sample_may_take(
    liar: Callable[[Reply], SocketEngine], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "SECONDS", 0.1)
    with pytest.raises(EngineError, match="does not answer"):
        read_calls(machine_with(liar(lambda _: b"{")))


def test_what_a_student_forges_is_text_and_numbers_of_bounded_size(
    liar: Callable[[Reply], SocketEngine],
) -> None:
    forged = {
        "id": "1",
        "time": float("nan"),
        "method": ["GET"],
        "path": "<b>\x1b[31m" + "x" * 1000,
        "status": 10**30,
        "ms": -1,
        "open": "yes",
        "more": "x" * 1000,
    }
    report = {"version": "new", "total": -5, "calls": [forged, None, *[{}] * 150]}
    sample = read_calls(machine_with(liar(lambda _: json.dumps(report).encode() + b"\n")))
    assert (sample["total"], len(sample["calls"])) == (100, 100)
    assert all(set(call) == set(sample["calls"][0]) for call in sample["calls"])
    report = {"version": 1, "calls": [forged]}
    engine = liar(lambda _: json.dumps(report).encode() + b"\n")
    [call] = read_calls(machine_with(engine, "c2"))["calls"]
    assert call["path"] == "<b>␛[31m" + "x" * (256 - 8)
    assert (call["id"], call["time"], call["method"], call["ms"]) == (0, 0, "", 0)
    assert (call["status"], call["open"], call["cut"]) == (999, False, False)


def test_no_more_connections_are_kept_than_are_watched(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "READERS_MAX", 2)
    engine = SocketEngine(recorder.report_path)
    for container in ("c1", "c2", "c3", "c3", "c1"):
        read_calls(machine_with(engine, container))
    assert len(engine.opened) == 4


def test_new_calls_come_within_half_a_second() -> None:
    assert CALLS.seconds <= 0.5
