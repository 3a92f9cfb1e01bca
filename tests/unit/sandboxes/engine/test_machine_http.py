"""HTTP to a server in a student's machine, which may say anything."""

from typing import Any

import pytest

from sandboxes.engine import machine_http
from sandboxes.engine.fake.connections import FakeConnection
from sandboxes.engine.fake.engine import FakeEngine
from sandboxes.errors import EngineError
from tests.support.machines import machine_on

SOCKET = "/run/any.sock"


@pytest.fixture
def box() -> tuple[FakeEngine, str]:
    engine = FakeEngine()
    return engine, machine_on(engine, image="sha256:linux-1").container_id


def answered(box: tuple[FakeEngine, str], data: bytes, **options: Any) -> machine_http.HttpResponse:
    box[0].answers[SOCKET] = data
    return machine_http.request(*box, SOCKET, "/", **options)


def test_status_and_body(box: tuple[FakeEngine, str]) -> None:
    answer = answered(box, b'HTTP/1.0 201 Created\r\nA: b\r\n\r\n{"a": 1}')
    assert (answer.status, answer.json()) == (201, {"a": 1})


@pytest.mark.parametrize(
    "data", [b"", b"HTTP/1.0 200 OK", b"SSH-2.0\r\n\r\n", b"HTTP/1.0 zwei\r\n\r\n"]
)
def test_what_is_no_answer_is_an_error(box: tuple[FakeEngine, str], data: bytes) -> None:
    with pytest.raises(EngineError):
        answered(box, data)


def test_too_much_is_an_error(box: tuple[FakeEngine, str]) -> None:
    with pytest.raises(EngineError, match="too much"):
        answered(box, b"HTTP/1.0 200 OK\r\n\r\n" + b"x" * 2000, max_bytes=1000)


def test_no_json_is_an_error(box: tuple[FakeEngine, str]) -> None:
    with pytest.raises(EngineError, match="JSON"):
        answered(box, b"HTTP/1.0 200 OK\r\n\r\n<html>").json()


def test_lines_come_one_by_one(box: tuple[FakeEngine, str]) -> None:
    box[0].answers[SOCKET] = b'HTTP/1.0 200 OK\r\n\r\n{"a": 1}\n{"b": 2}\n'
    assert list(machine_http.stream_lines(*box, SOCKET, "/events")) == [b'{"a": 1}', b'{"b": 2}']


def test_lines_of_a_refusal_are_an_error(box: tuple[FakeEngine, str]) -> None:
    box[0].answers[SOCKET] = b"HTTP/1.0 400 Bad\r\n\r\nno\n"
    with pytest.raises(EngineError, match="400"):
        list(machine_http.stream_lines(*box, SOCKET, "/events"))


def test_chunks_are_put_together(box: tuple[FakeEngine, str]) -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert answered(box, head + b"3\r\n{}\n\r\n2\r\n12\r\n0\r\n\r\n").body == b"{}\n12"


def test_head_that_does_not_end_is_an_error(box: tuple[FakeEngine, str]) -> None:
    with pytest.raises(EngineError, match="HTTP"):
        answered(box, b"HTTP/1.0 200 OK\r\nA: " + b"x" * machine_http.MAX_LINE)


def test_answer_that_is_cut_short_is_an_error(box: tuple[FakeEngine, str]) -> None:
    with pytest.raises(EngineError, match="HTTP"):
        answered(box, b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc")


def test_line_that_is_too_long_is_an_error(box: tuple[FakeEngine, str]) -> None:
    box[0].answers[SOCKET] = b"HTTP/1.0 200 OK\r\n\r\n" + b"x" * (machine_http.MAX_LINE + 1)
    with pytest.raises(EngineError, match="too long"):
        list(machine_http.stream_lines(*box, SOCKET, "/events"))


def test_session_asks_again_on_its_connection() -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n12"
    connection = FakeConnection(answer * 2)
    session = machine_http.HttpSession(connection)
    assert [session.get("/a").body, session.get("/b").body] == [b"12", b"12"]
    assert connection.sent.count(b"GET /") == 2
    with pytest.raises(EngineError):
        session.get("/c")


def test_a_body_comes_piece_by_piece(box: tuple[FakeEngine, str]) -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    box[0].answers[SOCKET] = head + b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    with machine_http.open_body(*box, SOCKET, "/", seconds=5) as read:
        assert b"".join(iter(read, b"")) == b"abcde"
        assert read() == b""


@pytest.mark.parametrize(
    "data", [b"", b"HTTP/1.0 500 No\r\n\r\n", b"SSH-2.0\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Le"]
)
def test_a_body_of_no_answer_is_an_error(box: tuple[FakeEngine, str], data: bytes) -> None:
    box[0].answers[SOCKET] = data
    with (
        pytest.raises(EngineError),
        machine_http.open_body(*box, SOCKET, "/", seconds=5) as read,
    ):
        read()


def test_a_body_that_is_cut_short_is_an_error(box: tuple[FakeEngine, str]) -> None:
    box[0].answers[SOCKET] = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"
    with machine_http.open_body(*box, SOCKET, "/", seconds=5) as read:
        assert read() == b"abc"
        with pytest.raises(EngineError):
            read()
