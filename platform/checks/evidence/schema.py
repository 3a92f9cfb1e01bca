"""The evidence document: what was seen of a machine, as the JSON that is stored with a submission.

Only what an exercise's checks name is in it. A piece that could not be gathered is missing from its section and has a
reason under `errors`; "the student's file is not there" is evidence like any other (`kind` "missing").
"""

import base64
import binascii
import json
from typing import Any, NotRequired, TypedDict, cast

from checks.evidence.docker_schema import DockerEvidence, GuestsEvidence, RegistryEvidence, no_docker, no_guests
from checks.specs import MeasurementCheck
from grading.errors import EvidenceTooLarge

VERSION = 2

# Bytes: {"text": …} if they are UTF-8, else {"base64": …}. No text holds a zero byte, which PostgreSQL's JSON refuses.
Bytes = dict[str, str]


class FileEvidence(TypedDict):
    """sandboxes.engine.interface.FileFact without its path. `size` in bytes; `content` of regular files only."""

    kind: str
    size: int
    mode: int
    uid: int
    content: Bytes | None
    truncated: bool


class CommandEvidence(TypedDict):
    """sandboxes.engine.checker_protocol.ProbeFact without its id, and what was run; documents of version 1 may lack `argv`."""

    argv: NotRequired[list[str]]
    exit_code: int | None
    signal: int | None
    error: int | None
    timed_out: bool
    truncated: bool
    stdout: Bytes
    stderr: Bytes


class ProcessEvidence(TypedDict):
    """sandboxes.engine.interface.ProcessFact."""

    pid: int
    ppid: int
    uid: int
    command: str
    args: str


class PortEvidence(TypedDict):
    """What a port answered: whether anybody accepted, whether the answer was over in time, the answer as it came, and
    whether there was more of it."""

    open: bool
    ended: bool
    reply: Bytes
    truncated: bool


class ScriptEvidence(TypedDict):
    """What a script made of the rest of the document. `version` is that of script_version() in scripts.py."""

    version: str
    points: int
    found: str
    expected: str
    message: str


class Evidence(TypedDict):
    """The document. `facts` by curriculum.checkspec.FactName, `files` by path, `commands` by check id, `ports`
    by port_key(), `scripts` by check id; `answers` by question id, as grading.answers makes them, None where there was
    none; `processes` is None when no check asks for them; `docker`, `guests` and
    `registry` (by "repository:tag", below the student's name) as document_docker.py says; `measured` are the platform's
    own numbers, by measured_key() and in the base unit of their dimension (core.units), None where there was nothing to
    measure; `errors` by what is missing ("facts", "processes", "file <path>", "commands", "ports", "scripts",
    "script <check id>");
    `about` says how it was gathered: "image" (the machine image's id), "exercise" (its version), "checker" (the
    content hash of the tools that ran its commands), "milliseconds"."""

    version: int
    facts: dict[str, str | int | float]
    processes: list[ProcessEvidence] | None
    files: dict[str, FileEvidence]
    commands: dict[str, CommandEvidence]
    answers: dict[str, Any]
    ports: dict[str, PortEvidence]
    scripts: dict[str, ScriptEvidence]
    docker: DockerEvidence
    guests: GuestsEvidence
    registry: dict[str, RegistryEvidence]
    measured: dict[str, float | None]
    errors: dict[str, str]
    about: dict[str, Any]


def measured_key(check: MeasurementCheck) -> str:
    """What the number that a check asks for is called in the document: "memory", "process-memory sleep"."""
    return f"{check.of} {check.process}" if check.process else check.of


def empty_evidence() -> Evidence:
    """A document with nothing in it yet."""
    return Evidence(
        version=VERSION,
        facts={},
        processes=None,
        files={},
        commands={},
        answers={},
        ports={},
        scripts={},
        docker=no_docker(),
        guests=no_guests(),
        registry={},
        measured={},
        errors={},
        about={},
    )


def load_evidence(stored: dict[str, Any]) -> Evidence:
    """A stored document; its shape is what empty_evidence() and the collectors made it."""
    return cast("Evidence", {**empty_evidence(), **stored})


def check_size(evidence: Evidence, most: int) -> None:
    """Raises EvidenceTooLarge for a document of more than `most` bytes of JSON. Those are counted before compression:
    they are what reading it again takes."""
    size = len(json.dumps(evidence, separators=(",", ":")))
    if size > most:
        raise EvidenceTooLarge(
            f"What the checks look at in your machine comes to {size} bytes; at most {most} can be kept. "
            "Make those files, or what those commands print, smaller."
        )


def pack_bytes(data: bytes) -> Bytes:
    """Bytes as JSON can hold them."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = "\0"
    return {"base64": base64.b64encode(data).decode()} if "\0" in text else {"text": text}


def clean_text(text: str) -> str:
    """Text from a process table as JSON can hold it: zero bytes and lone surrogates replaced."""
    return text.replace("\0", "\ufffd").encode(errors="replace").decode()


def unpack_text(packed: Bytes) -> str | None:
    """The text that was packed, or None when the bytes were not text."""
    return packed.get("text")


def unpack_bytes(packed: Bytes) -> bytes:
    """The bytes that were packed."""
    return packed["text"].encode() if "text" in packed else binascii.a2b_base64(packed["base64"])


def port_key(port: int, path: str | None) -> str:
    """Under which name a port's answer is kept: "80" whether it is open, "80/index.html" what it says to HTTP."""
    return f"{port}{path or ''}"


def packed_size(packed: Bytes) -> int:
    """How many bytes were packed."""
    return len(unpack_bytes(packed))
