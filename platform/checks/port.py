"""Check what answers on a port of the machine.

Ports are asked from a container that shares the machine's network and nothing else, by a static
program of the platform's own. What that program prints comes back through the checker, whose reply
no process of the student's can see or write; what a student's server answers is the student's to
write, and only where it came from is sure.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from http.client import HTTPException, HTTPResponse, IncompleteRead
from typing import Annotated, Any, Literal, Self, cast

from pydantic import Field, PlainSerializer, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from checks.base import TextCheck, evidence_missing
from checks.evidence.packing import pack_bytes, unpack_bytes, unpack_text
from checks.evidence.schema import Evidence, PortEvidence
from checks.evidence.tasks import ALIVE, EvidenceTask, Subject
from checks.registry import CHECK_KINDS
from core.specs.error_messages import shape
from core.specs.fields import OR_PLACEHOLDER
from core.specs.outcomes import CheckOutcome, quoted
from sandboxes.engine.checker_protocol import ProbeCommand, ProbeFact, ProbeGarbled
from sandboxes.engine.interface import SandboxEngine
from sandboxes.engine.machine_paths import TOOLS_MOUNT

FETCH = f"{TOOLS_MOUNT}/fetch"
FETCH_ENDED, FETCH_REFUSED, FETCH_LATE = 0, 1, 3  # its exit codes
GRACE_SECONDS = 1.0
NOBODY = "nobody listens there"

HttpPath = Annotated[
    str,
    StringConstraints(
        pattern=shape(r"^/[!-~]*$", "must be a path that begins with /, without spaces"),
        max_length=500,
    ),
    OR_PLACEHOLDER,
]
# With a placeholder it is that text until it is filled in, and written down as such. `varies` tells
# forms.
Port = Annotated[
    int,
    Field(strict=True, ge=1, le=65535, json_schema_extra={"varies": True}),
    OR_PLACEHOLDER,
    PlainSerializer(lambda port: port, return_type=int | str),
]


@CHECK_KINDS.register(position=40)
class PortCheck(TextCheck):
    """Check what answers on a TCP port of the machine's loopback device.

    That is anything at all or, with `http_path`, an HTTP server whose answer has this status and a
    body that fits.
    """

    kind: Literal["port"] = "port"
    port: Port
    open: Annotated[
        bool, Field(strict=True, description="Whether somebody is to listen; no: nobody may.")
    ] = True
    http_path: Annotated[
        HttpPath | None,
        Field(description="Asked for over HTTP, as in /index.html; without it, being open is all."),
    ] = None
    status: Annotated[
        int | None,
        Field(strict=True, ge=100, le=599, description="What HTTP has to answer; 200 unless told."),
    ] = None
    timeout_seconds: Annotated[int, Field(strict=True, ge=1, le=20)] = 5

    @property
    def key(self) -> str:
        """Return the name of the answer in the evidence."""
        return port_key(self.port, self.http_path)

    @property
    def expected_status(self) -> int:
        """Return the status that an HTTP server has to give."""
        return 200 if self.status is None else self.status

    @model_validator(mode="after")
    def refuse_misfits(self) -> Self:
        """Raise PydanticCustomError at a field that asks for what nobody can answer."""
        http = [name for name in ("status", *self.matchers()) if getattr(self, name)]
        if http and self.http_path is None:
            raise PydanticCustomError(
                "http_path", "{name} needs an http_path", {"name": http[0], "at": (http[0],)}
            )
        if self.http_path is not None and not self.open:
            raise PydanticCustomError(
                "http_path", "nobody answers on a closed port", {"at": ("http_path",)}
            )
        return self

    def plan_evidence(self, subject: Subject) -> Iterator[EvidenceTask]:
        """Plan to ask the port, in one probe with the others."""
        yield EvidenceTask("ports", gather_ports, ALIVE, (self,))

    def evaluate(self, evidence: Evidence) -> CheckOutcome:
        """Hold what answered, if anything did, against what is asked of it."""
        port = evidence["ports"].get(self.key)
        if port is None:
            raise evidence_missing(evidence, "ports", f"Port {self.port} was not collected.")
        if self.http_path is None:
            observed = f"somebody listens on port {self.port}" if port["open"] else NOBODY
            expected = f"{'somebody' if self.open else 'nobody'} listens on port {self.port}"
            return CheckOutcome(port["open"] == self.open, expected, observed)
        body = f" and {self.expected_text()}" if self.matchers() else ""
        url = f"http://localhost:{self.port}{self.http_path}"
        expected = f"{url} answers with status {self.expected_status}{body}"
        response, fault = read_response(port)
        if response is None:
            return CheckOutcome(passed=False, expected=expected, found=fault)
        share = self.response_share(response)
        text = response.body
        observed = "a body that is not text" if text is None else self.observed_text(text)
        return CheckOutcome(
            passed=share == 1,
            expected=expected,
            found=f"status {response.status} and {observed}{rest_of(port)}",
            share=share,
        )

    def response_share(self, response: "HttpAnswer") -> Fraction:
        """Return how much of what is asked for an HTTP response has."""
        fits = response.body is not None or not self.matchers()
        if response.status != self.expected_status or not fits:
            return Fraction(0)
        return self.text_share(response.body or "")


@dataclass(frozen=True)
class HttpAnswer:
    """Hold what an HTTP server answered. `body` is None when it is no text."""

    status: int
    body: str | None


def port_key(port: int, path: str | None) -> str:
    """Name a port's answer: "80" whether it is open, "80/index.html" what it says to HTTP."""
    return f"{port}{path or ''}"


def gather_ports(
    evidence: Evidence, subject: Subject, engine: SandboxEngine, checks: Sequence[PortCheck]
) -> None:
    """Ask the ports; what several checks look at is asked once, with the longest time-out."""
    slowest_last = sorted(checks, key=lambda check: check.timeout_seconds)
    by_key = {check.key: check for check in slowest_last}
    commands = [fetch_command(str(number), check) for number, check in enumerate(by_key.values())]
    facts = engine.probe_network(subject.container_id, commands)
    evidence["ports"] = {key: port_evidence(fact) for key, fact in zip(by_key, facts, strict=True)}


def fetch_command(name: str, check: PortCheck) -> ProbeCommand:
    """Build the command that asks a port.

    It speaks HTTP/1.0, so that the answer ends with the connection and comes in one piece (RFC
    1945).
    """
    request = (
        f"GET {check.http_path} HTTP/1.0",
        f"Host: localhost:{check.port}",
        "User-Agent: drydock",
        "Accept: */*",
        "Connection: close",
        "",
        "",
    )
    sent = "" if check.http_path is None else "\r\n".join(request)
    argv = (FETCH, str(check.port), str(check.timeout_seconds * 1000), sent)
    return ProbeCommand(name, argv, check.timeout_seconds + GRACE_SECONDS)


def port_evidence(fact: ProbeFact) -> PortEvidence:
    """Read what our own program brought. Raises ProbeGarbled when it did not do its work."""
    known = (FETCH_ENDED, FETCH_REFUSED, FETCH_LATE)
    if fact.exit_code not in known and not fact.truncated:
        raise ProbeGarbled(
            f"{FETCH} ended with {fact.exit_code}, signal {fact.signal}, error {fact.error}"
        )
    return PortEvidence(
        open=fact.exit_code != FETCH_REFUSED,
        ended=fact.exit_code == FETCH_ENDED,
        reply=pack_bytes(fact.stdout),
        truncated=fact.truncated,
    )


def rest_of(port: PortEvidence) -> str:
    """Say why there may be more of an answer. The part that came is still evaluated."""
    if port["truncated"]:
        return ", and more than is read"
    return "" if port["ended"] else ", and no end in time"


def read_response(port: PortEvidence) -> tuple[HttpAnswer | None, str]:
    """Return the HTTP response, or else say what there was instead."""
    if not port["open"]:
        return None, NOBODY
    reply = unpack_bytes(port["reply"])
    if not reply:
        return None, "a connection that says nothing"
    response = parse_response(reply)
    if response is None:
        beginning = quoted(unpack_text(port["reply"]) or "bytes that are not text")
        return None, f"something that does not speak HTTP: {beginning}"
    return response, ""


class ReplayedSocket:
    """Stand in for the socket that the response came from."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, *_: Any) -> io.BytesIO:
        return io.BytesIO(self._data)


def parse_response(reply: bytes) -> HttpAnswer | None:
    response = HTTPResponse(cast("Any", ReplayedSocket(reply)))
    try:
        response.begin()
        body = response.read()
    except IncompleteRead as cut:
        body = cut.partial
    except HTTPException:
        return None
    try:
        return HttpAnswer(response.status, body.decode())
    except UnicodeDecodeError:
        return HttpAnswer(response.status, None)
