"""Judges of what answers on a port. What comes from there is a student's to write; only where it came from is sure."""

import io
from dataclasses import dataclass
from fractions import Fraction
from http.client import HTTPException, HTTPResponse, IncompleteRead
from typing import Any, cast

from checks.evidence.schema import Evidence, PortEvidence, port_key, unpack_bytes, unpack_text
from checks.judges.base import Finding, expected_text, found_text, quoted, text_share
from checks.specs import PortCheck
from grading.errors import EvidenceMissing

NOBODY = "nobody listens there"


@dataclass(frozen=True)
class Answer:
    """An HTTP server's. `body` is None when it is no text."""

    status: int
    body: str | None


def judge_port(check: PortCheck, evidence: Evidence) -> Finding:
    fact = evidence["ports"].get(port_key(check.port, check.http_path))
    if fact is None:
        raise EvidenceMissing(evidence["errors"].get("ports", f"Port {check.port} was not looked at."))
    if check.http_path is None:
        found = f"somebody listens on port {check.port}" if fact["open"] else NOBODY
        return Finding(passed=fact["open"] == check.open, expected=_expected_port(check), found=found)
    return _judge_http(check, fact)


def _expected_port(check: PortCheck) -> str:
    return f"{'somebody' if check.open else 'nobody'} listens on port {check.port}"


def _judge_http(check: PortCheck, fact: PortEvidence) -> Finding:
    expected = _expected_http(check)
    answer, failure = _read(fact)
    if answer is None:
        return Finding(passed=False, expected=expected, found=failure)
    share = _share(check, answer)
    found = f"status {answer.status} and {_found_body(check, answer)}{_end(fact)}"
    return Finding(passed=share == 1, expected=expected, found=found, share=share)


def _share(check: PortCheck, answer: Answer) -> Fraction:
    if answer.status != check.wanted_status or (answer.body is None and check.matchers()):
        return Fraction(0)
    return text_share(check, answer.body or "")


def _found_body(check: PortCheck, answer: Answer) -> str:
    return "a body that is not text" if answer.body is None else found_text(check, answer.body)


def _end(fact: PortEvidence) -> str:
    """Why there may be more of an answer. What is there of it is judged all the same."""
    if fact["truncated"]:
        return ", and more than is read"
    return "" if fact["ended"] else ", and no end in time"


def _expected_http(check: PortCheck) -> str:
    body = f" and {expected_text(check)}" if check.matchers() else ""
    return f"http://localhost:{check.port}{check.http_path} answers with status {check.wanted_status}{body}"


def _read(fact: PortEvidence) -> tuple[Answer | None, str]:
    """The answer, or what there was instead."""
    if not fact["open"]:
        return None, NOBODY
    reply = unpack_bytes(fact["reply"])
    if not reply:
        return None, "a connection that says nothing"
    answer = _parsed(reply)
    if answer is None:
        beginning = quoted(unpack_text(fact["reply"]) or "bytes that are not text")
        return None, f"something that does not speak HTTP: {beginning}"
    return answer, ""


class _Replay:
    """Stands in for the socket that the answer came from."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, *_: Any) -> io.BytesIO:
        return io.BytesIO(self._data)


def _parsed(reply: bytes) -> Answer | None:
    response = HTTPResponse(cast("Any", _Replay(reply)))
    try:
        response.begin()
        body = response.read()
    except IncompleteRead as cut:
        body = cut.partial
    except HTTPException:
        return None
    try:
        return Answer(response.status, body.decode())
    except UnicodeDecodeError:
        return Answer(response.status, None)
