"""Checks of ports: what is asked, and what is made of the answer."""

from typing import Any

import pytest
from pydantic import ValidationError

from checks.evidence.collector import REASONS, collect
from checks.evidence.packing import pack_bytes
from checks.evidence.tasks import Subject
from checks.port import PortCheck
from checks.results import evaluate
from core.specs.outcomes import EvidenceMissing
from sandboxes.engine.checker_protocol import ProbeFact, ProbeGarbled
from sandboxes.engine.fake.engine import FakeEngine
from tests.support.checks.evidence import evidence, port_check, port_seen
from tests.support.machines import machine_on

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"


def evaluated(check: PortCheck, **observed: Any):
    key = f"{check.port}{check.http_path or ''}"
    return evaluate(check, evidence(ports={key: port_seen(**observed)}))


@pytest.mark.parametrize(
    ("should_be_open", "is_open", "passed", "finding"),
    [
        (True, True, True, "somebody listens on port 80"),
        (True, False, False, "nobody listens there"),
        (False, True, False, "somebody listens on port 80"),
        (False, False, True, "nobody listens there"),
    ],
)
def test_open_and_closed_ports(should_be_open, is_open, passed, finding):
    result = evaluated(port_check(open=should_be_open), open=is_open, reply=b"")
    assert (result.passed, result.found) == (passed, finding)
    assert result.expected == f"{'somebody' if should_be_open else 'nobody'} listens on port 80"


@pytest.mark.parametrize("reply", [OK, CHUNKED, b"HTTP/1.0 200 OK\r\n\r\nhello"])
def test_an_answer_that_fits(reply):
    result = evaluated(port_check(http_path="/", equals="hello"), reply=reply)
    assert (result.passed, result.found) == (True, "status 200 and “hello”")
    assert result.expected == "http://localhost:80/ answers with status 200 and “hello”"


@pytest.mark.parametrize(
    ("fields", "observed", "finding"),
    [
        ({"equals": "bye"}, {"reply": OK}, "status 200 and “hello”"),
        ({"status": 404}, {"reply": OK}, "status 200 and “hello”"),
        ({}, {"reply": b"HTTP/1.0 500 No\r\n\r\n"}, "status 500 and nothing"),
        ({}, {"open": False, "reply": b""}, "nobody listens there"),
        ({}, {"reply": b""}, "a connection that says nothing"),
        ({}, {"reply": b"SSH-2.0-x\r\n"}, "something that does not speak HTTP: “SSH-2.0-x”"),
        ({}, {"reply": b"\xff\0"}, "something that does not speak HTTP: “bytes that are not text”"),
        (
            {},
            {"reply": b"HTTP/1.0 OK\r\n\r\n"},
            "something that does not speak HTTP: “HTTP/1.0 OK”",
        ),
        (
            {"contains": "x"},
            {"reply": b"HTTP/1.0 200 OK\r\n\r\n\xff"},
            "status 200 and a body that is not text",
        ),
        (
            {"contains": "x"},
            {"reply": OK, "ended": False},
            "status 200 and “hello”, and no end in time",
        ),
        (
            {"contains": "x"},
            {"reply": OK, "truncated": True},
            "status 200 and “hello”, and more than is read",
        ),
    ],
)
def test_an_answer_that_does_not_fit_is_described(fields, observed, finding):
    result = evaluated(port_check(http_path="/", **fields), **observed)
    assert (result.passed, result.found, result.earned) == (False, finding, 0)


def test_a_wanted_failure_and_a_body_that_nobody_asks_for():
    assert evaluated(
        port_check(http_path="/x", status=404), reply=b"HTTP/1.0 404 Not Found\r\n\r\nno"
    ).passed
    assert evaluated(port_check(http_path="/"), reply=b"HTTP/1.0 200 OK\r\n\r\n\xff\0").passed


def test_a_body_that_breaks_off_counts_as_far_as_it_goes():
    short = b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nhello"
    assert evaluated(port_check(http_path="/", contains="hello"), reply=short).passed


def test_parts_of_a_body_earn_shares():
    result = evaluated(
        port_check(http_path="/", points=4, contains_each=["hel", "lo", "x", "y"]), reply=OK
    )
    assert (result.passed, result.earned) == (False, 2)
    assert result.found == "status 200 and “hello”, without “x”, “y”"


def test_what_was_not_gathered_is_not_judged():
    with pytest.raises(EvidenceMissing, match="was not collected"):
        evaluate(port_check(), evidence())
    with pytest.raises(EvidenceMissing, match="away"):
        evaluate(port_check(), evidence(errors={"ports": "The engine was away."}))


@pytest.mark.parametrize(
    "fields",
    [
        {"status": 200},
        {"contains": "x"},
        {"http_path": "/", "open": False},
        {"http_path": "x"},
        {"http_path": "/ HTTP/1.0\r\nX: y"},
        {"port": 0},
    ],
)
def test_what_can_not_be_asked_is_refused(fields):
    with pytest.raises(ValidationError):
        port_check(**fields)


@pytest.fixture
def engine():
    return FakeEngine()


@pytest.fixture
def subject(engine):
    handle = machine_on(engine)
    return Subject(container_id=handle.container_id, image="drydock/linux:latest")


def answering(engine, monkeypatch, **fields: Any):
    """Let every command beside a machine end like this; returns what was run."""
    ran = []

    def run(_container, commands):
        ran.extend(commands)
        values = {
            "exit_code": 0,
            "stdout": OK,
            "stderr": b"",
            "truncated": False,
            "timed_out": False,
            **fields,
        }
        return [ProbeFact(id=command.id, **values) for command in commands]

    monkeypatch.setattr(engine, "probe_network", run)
    return ran


def test_each_question_is_asked_once_and_as_long_as_the_most_patient_wants(
    engine, subject, monkeypatch
):
    ran = answering(engine, monkeypatch)
    checks = [
        port_check(id="a"),
        port_check(id="b", http_path="/x", timeout_seconds=7),
        port_check(id="c", http_path="/x", contains="y", timeout_seconds=2),
    ]
    gathered = collect(checks=checks, subject=subject, engine=engine)
    assert {key: fact["reply"] for key, fact in gathered["ports"].items()} == {
        "80": pack_bytes(OK),
        "80/x": pack_bytes(OK),
    }
    assert sorted((*command.argv[1:3], command.argv[3].split("\r\n")[0]) for command in ran) == [
        ("80", "5000", ""),
        ("80", "7000", "GET /x HTTP/1.0"),
    ]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, (True, True, False)),
        ({"exit_code": 1, "stdout": b""}, (False, False, False)),
        ({"exit_code": 3}, (True, False, False)),
        ({"exit_code": None, "truncated": True}, (True, False, True)),
    ],
)
def test_how_the_question_ended_is_kept(engine, subject, monkeypatch, fields, expected):
    answering(engine, monkeypatch, **fields)
    [fact] = collect(checks=[port_check()], subject=subject, engine=engine)["ports"].values()
    assert (fact["open"], fact["ended"], fact["truncated"]) == expected


@pytest.mark.parametrize(
    "fields", [{"exit_code": 2}, {"exit_code": None, "signal": 9}, {"exit_code": None, "error": 2}]
)
def test_a_question_that_could_not_be_asked_is_no_answer(engine, subject, monkeypatch, fields):
    answering(engine, monkeypatch, **fields)
    gathered = collect(checks=[port_check()], subject=subject, engine=engine)
    assert (gathered["ports"], gathered["errors"]) == ({}, {"ports": REASONS[ProbeGarbled]})
