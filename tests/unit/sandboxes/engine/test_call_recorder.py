"""The call recorder is as if it were not there: bytes, ends of streams, refusals, rights."""

import contextlib
import json
import os
import signal
import socket
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.engine.call_recorder import (
    ANSWER,
    HandEngine,
    Recorder,
    receive_exactly,
    receive_until,
    request,
)
from tests.support.waiting import wait_for

MIB = 1024 * 1024


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    with Recorder(tmp_path) as running:
        yield running


def test_bytes_go_through_as_they_are(recorder: Recorder) -> None:
    client, engine = recorder.pair()
    asked = request(
        "POST", "/build?t=a", "Content-Length: 6", "X-Own: \xe9\x01", body=b"\0\xff\r\n!\n"
    )
    client.sendall(asked)
    assert receive_exactly(engine, len(asked)) == asked
    engine.sendall(ANSWER)
    assert receive_exactly(client, len(ANSWER)) == ANSWER


def test_what_is_no_http_goes_through_both_ways(recorder: Recorder) -> None:
    for garbage in (
        b"\0" * 5000,
        b"\r\n\n\r",
        b"GET\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"x" * MIB,
    ):
        client, engine = recorder.pair()
        sending = threading.Thread(target=client.sendall, args=(garbage,))
        sending.start()
        assert receive_exactly(engine, len(garbage)) == garbage
        sending.join()
        engine.sendall(garbage[:5000])
        assert receive_exactly(client, len(garbage[:5000])) == garbage[:5000]
        client.close()
        assert engine.recv(10) == b""


def test_big_bodies_go_both_ways_at_once_while_one_side_is_slow(recorder: Recorder) -> None:
    client, engine = recorder.pair()
    up, down = os.urandom(8 * MIB), os.urandom(8 * MIB)
    head = request("POST", "/images/load", f"Content-Length: {len(up)}")
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(down)
    senders = [
        threading.Thread(target=client.sendall, args=(head + up,)),
        threading.Thread(target=engine.sendall, args=(answer + down,)),
    ]
    senders[0].start()
    assert receive_exactly(engine, len(head)) == head
    senders[1].start()
    assert recorder.ask()["version"] >= 0  # the rest goes on while nobody reads
    assert receive_exactly(client, len(answer) + len(down)) == answer + down
    assert receive_exactly(engine, len(up)) == up
    for sender in senders:
        sender.join()
    [call] = recorder.calls()
    assert (call["sent"], call["received"], call["open"]) == (len(up), len(down), False)


def test_a_half_closed_client_still_gets_its_answer(recorder: Recorder) -> None:
    client, engine = recorder.pair()
    client.sendall(request("POST", "/attach", "Connection: Upgrade", "Upgrade: tcp") + b"input")
    client.shutdown(socket.SHUT_WR)
    received = b""
    while data := engine.recv(1000):
        received += data
    assert received.endswith(b"input")
    engine.sendall(b"HTTP/1.1 101 UPGRADED\r\n\r\noutput")
    engine.close()
    received = b""
    while data := client.recv(1000):
        received += data
    assert received.endswith(b"output")


def test_a_half_closed_engine_still_gets_what_the_client_sends(recorder: Recorder) -> None:
    client, engine = recorder.pair()
    engine.shutdown(socket.SHUT_WR)
    assert client.recv(10) == b""
    client.sendall(b"late")
    assert receive_exactly(engine, 4) == b"late"
    client.close()
    assert engine.recv(10) == b""


def test_a_client_that_is_gone_is_gone_for_the_engine_too(recorder: Recorder) -> None:
    client, engine = recorder.pair()
    client.sendall(request("GET", "/events"))
    receive_until(engine, b"\r\n\r\n")
    client.close()
    assert engine.recv(10) == b""
    with pytest.raises(BrokenPipeError):
        engine.sendall(b"x")


def test_what_a_client_sent_last_arrives_even_if_it_is_gone(recorder: Recorder) -> None:
    client, engine = recorder.pair()
    last = os.urandom(100_000)
    client.sendall(last)
    client.close()
    assert receive_exactly(engine, len(last)) == last


def test_an_engine_that_ends_a_connection_ends_it_for_the_client(recorder: Recorder) -> None:
    client, engine = recorder.pair()
    client.sendall(request("GET", "/info"))
    receive_until(engine, b"\r\n\r\n")
    engine.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
    engine.close()
    assert receive_until(client, b"half")
    assert client.recv(10) == b""
    [call] = recorder.calls()
    assert (call["status"], call["open"]) == (200, False)


def test_a_client_that_reads_nothing_holds_up_the_engine_and_nobody_else(
    recorder: Recorder,
) -> None:
    client, engine = recorder.pair()
    engine.settimeout(0.3)
    with pytest.raises(TimeoutError):
        engine.sendall(b"x" * 64 * MIB)
    other, other_engine = recorder.pair()
    other.sendall(request("GET", "/_ping"))
    receive_until(other_engine, b"\r\n\r\n")
    client.close()


def test_a_thousand_connections_at_once(recorder: Recorder) -> None:
    pairs = [recorder.pair() for _ in range(1000)]
    for number, (client, _) in enumerate(pairs):
        client.sendall(request("GET", f"/{number}"))
    for number, (_, engine) in enumerate(pairs):
        assert f"/{number} " in receive_until(engine, b"\r\n\r\n").decode()
        engine.sendall(ANSWER)
    for client, _ in pairs:
        assert receive_exactly(client, len(ANSWER)) == ANSWER
    report = recorder.ask()
    assert report["total"] == 1000
    assert [call["path"] for call in report["calls"]] == [
        f"/{number}" for number in range(900, 1000)
    ]
    for client, engine in pairs:
        client.close()
        engine.close()


def test_clients_wait_for_an_engine_with_a_full_queue(recorder: Recorder) -> None:
    recorder.engine.stop_listening()
    wait_for(recorder.is_refused, "the refusal", every=0.005)
    engine = recorder.new_engine(backlog=1)
    clients = [recorder.connect() for _ in range(20)]
    for client in clients:
        client.sendall(request("GET", "/late"))
    for _ in clients:
        receive_until(engine.accept(), b"\r\n\r\n")
    assert len(recorder.calls()) == 20


def test_who_may_reach_the_engine_may_reach_the_recorder_and_nobody_else(
    recorder: Recorder,
) -> None:
    def rights(path: Path) -> tuple[int, int, int]:
        status = path.stat()
        return stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid

    assert rights(recorder.clients_path) == rights(recorder.engine_path)
    assert stat.S_IMODE(recorder.report_path.stat().st_mode) == 0o600


@pytest.mark.parametrize("end", [HandEngine.die, HandEngine.stop_listening])
def test_an_engine_that_is_down_refuses_as_it_would_alone(recorder: Recorder, end) -> None:
    client, engine = recorder.pair()
    end(recorder.engine)
    wait_for(recorder.is_refused, "the refusal", every=0.005)
    assert recorder.clients_path.exists() == recorder.engine_path.exists()
    engine.close()
    assert client.recv(10) == b""
    recorder.engine_path.unlink(missing_ok=True)
    recorder.new_engine()
    client, engine = recorder.pair()
    client.sendall(b"again")
    assert receive_exactly(engine, 5) == b"again"


def test_an_engine_that_hangs_up_an_idle_connection_is_still_there(recorder: Recorder) -> None:
    recorder.engine.hang_up()
    recorder.engine.answer_ping()
    client, engine = recorder.pair()
    client.sendall(b"there")
    assert receive_exactly(engine, 5) == b"there"


def test_an_engine_without_a_socket_refuses_from_the_second_client_on(recorder: Recorder) -> None:
    recorder.engine_path.unlink()
    client = recorder.connect()
    assert client.recv(10) == b""
    wait_for(recorder.is_refused, "the refusal", every=0.005)


def test_a_socket_of_somebody_else_is_left_alone(recorder: Recorder) -> None:
    """A student may let dockerd listen where clients look, as it would without us."""
    recorder.clients_path.unlink()
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(recorder.clients_path))
        other.listen()
        recorder.engine.stop_listening()
        recorder.process.send_signal(signal.SIGTERM)
        recorder.process.wait(10)
        assert recorder.clients_path.is_socket()
        assert not recorder.clients_path.is_symlink()


def test_who_is_stopped_lets_clients_find_the_engine(recorder: Recorder) -> None:
    recorder.process.terminate()
    recorder.process.wait(10)
    client, engine = recorder.pair()
    client.sendall(b"direct")
    assert receive_exactly(engine, 6) == b"direct"


def test_a_new_recorder_takes_the_place_of_a_killed_one(recorder: Recorder) -> None:
    recorder.process.kill()
    recorder.process.wait(10)
    assert recorder.is_refused()
    recorder.process = recorder.start()
    recorder.engine.answer_ping()
    wait_for(recorder.lets_in, "a place for clients", every=0.005)


def test_readers_of_calls_are_bounded_and_can_do_no_harm(recorder: Recorder) -> None:
    def reader() -> socket.socket:
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(10)
        connection.connect(str(recorder.report_path))
        return connection

    crowd = [reader() for _ in range(20)]
    assert recorder.ask()["calls"] == []
    bad = reader()
    bad.sendall(b"9" * 100)
    with contextlib.suppress(ConnectionResetError):
        assert bad.recv(10) == b""
    version = recorder.ask()["version"]
    again = reader()
    for _ in range(3):  # on one connection
        again.sendall(b"%d\n" % version)
        assert json.loads(receive_until(again, b"\n")) == {"version": version, "total": 0}
    for connection in crowd:
        connection.close()
