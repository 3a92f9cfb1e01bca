"""The call recorder sees each call on a connection, and nothing of heads and bodies."""

import os
import random
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.engine.call_recorder import (
    ANSWER,
    Recorder,
    receive_exactly,
    receive_until,
    request,
)
from tests.support.waiting import wait_for

NO_CONTENT = b"HTTP/1.1 204 No Content\r\nContent-Length: 999\r\n\r\n"
CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"5;why=not\r\nHTTP/\r\nA\r\n1.1 500 \r\n\r\n0\r\nTrailer: x\r\n\r\n"
)


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    with Recorder(tmp_path) as running:
        yield running


def exchange(client: socket.socket, engine: socket.socket, asked: bytes, answer: bytes) -> None:
    """Let a request through, and its answer."""
    client.sendall(asked)
    assert receive_exactly(engine, len(asked)) == asked
    engine.sendall(answer)
    assert receive_exactly(client, len(answer)) == answer


def test_every_call_of_a_connection_is_recorded(recorder: Recorder) -> None:
    client, engine = recorder.pair()
    exchange(client, engine, request("GET", "/_ping"), ANSWER)
    exchange(
        client, engine, request("HEAD", "/_ping"), b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"
    )
    body = b"GET /not-a-call HTTP/1.1\r\n\r\n"
    asked = request("POST", "/containers/create?name=web", f"content-length:{len(body)}", body=body)
    exchange(client, engine, asked, CHUNKED)
    exchange(client, engine, request("DELETE", "/containers/web"), NO_CONTENT)
    chunks = b"3\r\nabc\r\n1c\r\nGET /not-a-call HTTP/1.1\r\n\r\n\r\n0\r\n\r\n"
    asked = request("POST", "/build", "Transfer-Encoding: chunked", body=chunks)
    exchange(client, engine, asked, b"HTTP/1.0 404 Not Found\r\nContent-Length: 0\r\n\r\n")
    exchange(client, engine, request("GET", "/info"), ANSWER)
    assert recorder.recorded() == [
        ("GET", "/_ping", 200),
        ("HEAD", "/_ping", 200),
        ("POST", "/containers/create?name=web", 200),
        ("DELETE", "/containers/web", 204),
        ("POST", "/build", 404),
        ("GET", "/info", 200),
    ]
    calls = recorder.calls()
    assert [call["sent"] for call in calls] == [0, 0, len(body), 0, 31, 0]
    assert [call["received"] for call in calls] == [5, 0, 15, 0, 0, 5]
    assert len({call["connection"] for call in calls}) == 1
    assert {call["pid"] for call in calls} == {os.getpid()}
    own_name = Path("/proc/self/comm").read_text().strip()
    assert {call["program"] for call in calls} == {own_name}
    assert all(0 < call["ms"] < 60_000 and not call["open"] for call in calls)


def test_calls_are_seen_however_their_bytes_are_cut(recorder: Recorder) -> None:
    asked = request("POST", "/a", "Transfer-Encoding: chunked", body=b"2\r\nhi\r\n0\r\n\r\n")
    for size in (1, 2, 3, 7):
        client, engine = recorder.pair()
        for _ in range(2):
            for start in range(0, len(asked), size):
                client.sendall(asked[start : start + size])
                receive_exactly(engine, len(asked[start : start + size]))
            for start in range(0, len(CHUNKED), size):
                engine.sendall(CHUNKED[start : start + size])
                receive_exactly(client, len(CHUNKED[start : start + size]))
    assert recorder.recorded() == [("POST", "/a", 200)] * 8


def test_a_call_is_there_before_its_answer(recorder: Recorder) -> None:
    client, engine = recorder.pair()
    client.sendall(request("POST", "/containers/web/wait"))
    receive_until(engine, b"\r\n\r\n")
    [call] = recorder.calls()
    assert (call["status"], call["open"]) == (0, True)
    version = recorder.ask()["version"]
    engine.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    receive_until(client, b"\r\n\r\n")
    assert recorder.ask(version) == {"version": version, "total": 1}
    engine.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    receive_until(client, b"\r\n\r\n")
    [call] = recorder.calls()
    assert (call["status"], call["open"]) == (200, True)


def test_pipelined_calls_are_told_apart(recorder: Recorder) -> None:
    client, engine = recorder.pair()
    asked = b"".join(request("GET", f"/{number}") for number in range(5))
    exchange(client, engine, asked, ANSWER * 4 + NO_CONTENT)
    assert recorder.recorded() == [(("GET", f"/{n}", 200 if n < 4 else 204)) for n in range(5)]


UPGRADE = ("Connection: Upgrade", "Upgrade: tcp")


def test_an_upgraded_connection_is_one_call_for_as_long_as_it_lasts(recorder: Recorder) -> None:
    client, engine = recorder.pair()
    exchange(
        client,
        engine,
        request("POST", "/exec/1/start", "Content-Length: 2", *UPGRADE, body=b"{}"),
        b"HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n",
    )
    typed = request("GET", "/typed-by-somebody")
    exchange(client, engine, typed, ANSWER)
    [call] = recorder.calls()
    assert (call["status"], call["open"], call["sent"]) == (101, True, 2 + len(typed))
    client.close()
    wait_for(lambda: not recorder.calls()[0]["open"], "the end of the call", every=0.01)


def test_a_refused_upgrade_is_followed_by_calls(recorder: Recorder) -> None:
    client, engine = recorder.pair()
    exchange(
        client,
        engine,
        request("POST", "/containers/x/attach", *UPGRADE),
        ANSWER.replace(b"200", b"404"),
    )
    exchange(client, engine, request("GET", "/info"), ANSWER)
    assert recorder.recorded() == [("POST", "/containers/x/attach", 404), ("GET", "/info", 200)]


def test_an_answer_without_an_end_lasts_until_somebody_hangs_up(recorder: Recorder) -> None:
    """So the engine answers clients that do not know of upgrades."""
    client, engine = recorder.pair()
    exchange(client, engine, request("POST", "/attach"), b"HTTP/1.1 200 OK\r\n\r\nraw stream")
    exchange(client, engine, b"typed\n", b"HTTP/1.1 500 no answer\r\n\r\n")
    [call] = recorder.calls()
    assert (call["status"], call["open"], call["sent"]) == (200, True, 6)


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        (request("POST", "/a", "Content-Length: 1, 1", body=b"x"), ANSWER),
        (request("POST", "/a", "Content-Length: 1", "Content-Length: 2", body=b"xy"), ANSWER),
        (request("POST", "/a", "Transfer-Encoding: gzip, chunked"), ANSWER),
        (request("POST", "/a", "Transfer-Encoding: chunked", body=b"zz\r\n"), ANSWER),
        (request("POST", "/a", "Transfer-Encoding: chunked", body=b"f" * 30 + b"\r\n"), ANSWER),
        (
            request(
                "POST", "/a", "Transfer-Encoding: chunked", "Content-Length: 3", body=b"0\r\n\r\n"
            ),
            ANSWER,
        ),
        (request("GET", "/a", "Folded: x", " more"), ANSWER),
        (request("GET", "/a"), b"SSH-2.0 nobody\r\n\r\n"),
        (request("GET", "/a"), b"HTTP/1.1 2000\r\n\r\n"),
        (request("GET", "/a") * 9, ANSWER * 9),
        (request("GET", "/a\0b"), ANSWER),
    ],
)
def test_what_is_odd_is_relayed_and_no_longer_understood(
    recorder: Recorder, asked: bytes, answer: bytes
) -> None:
    client, engine = recorder.pair()
    exchange(client, engine, asked, answer)
    exchange(client, engine, request("GET", "/afterwards"), ANSWER)
    assert "/afterwards" not in [path for _, path, _ in recorder.recorded()]
    assert all(not call["open"] for call in recorder.calls())


def test_long_lines_are_cut_and_heads_are_not_recorded(recorder: Recorder) -> None:
    client, engine = recorder.pair()
    secret = "X-Registry-Auth: " + "s3cret" * 10_000
    exchange(client, engine, request("POST", "/images/" + "n" * 3000, secret), ANSWER)
    exchange(client, engine, request("GET", '/"quoted\\\x1b[31m\xe9'), ANSWER)
    report = recorder.calls()
    assert report[0]["path"] == "/images/" + "n" * 248
    assert report[0]["cut"]
    assert report[1]["path"] == '/"quoted\\?[31m??'
    assert "s3cret" not in str(report)


def test_noise_never_stops_it(recorder: Recorder) -> None:
    noise = random.Random(11)
    parts = [
        *(request("GET", "/a"), ANSWER, CHUNKED, NO_CONTENT, b"HTTP/1.1 101 x\r\n\r\n"),
        *(b"0\r\n\r\n", b"\r\n", b" ", b"\0", b"ffffffffffffffff\r\n", b"Upgrade: x\r\n"),
        *(b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n", b"POST / HTTP/1.1\r\n"),
    ]
    for _ in range(150):
        client, engine = recorder.pair()
        for _ in range(noise.randrange(1, 15)):
            sender, receiver = noise.choice([(client, engine), (engine, client)])
            part = noise.choice(parts)
            cut = part[: noise.randrange(1, len(part) + 1)]
            sender.sendall(cut)
            assert receive_exactly(receiver, len(cut)) == cut
        noise.choice([client, engine]).close()
    client, engine = recorder.pair()
    exchange(client, engine, request("GET", "/still-there"), ANSWER)
    assert recorder.calls()[-1]["path"] == "/still-there"
