"""Describe the evidence: what was seen of a machine, as the JSON that is stored with a submission.

Only what an exercise's checks name is in it. What could not be gathered is missing from its section
and has a reason under `errors`; that the student's file is not there is evidence like any other
(`kind` "missing").
"""

from typing import Any, NotRequired, TypedDict, cast

from checks.evidence.docker_schema import (
    DockerEvidence,
    GuestsEvidence,
    RegistryEvidence,
    no_docker,
    no_guests,
)
from checks.evidence.packing import Bytes

VERSION = 2


class FileEvidence(TypedDict):
    """Hold a sandboxes.engine.interface.FileFact without its path.

    `size` is in bytes; `content` is of regular files only.
    """

    kind: str
    size: int
    mode: int
    uid: int
    content: Bytes | None
    truncated: bool


class CommandEvidence(TypedDict):
    """Hold a sandboxes.engine.checker_protocol.ProbeFact without its id, and what was run.

    Documents of version 1 may lack `argv`.
    """

    argv: NotRequired[list[str]]
    exit_code: int | None
    signal: int | None
    error: int | None
    timed_out: bool
    truncated: bool
    stdout: Bytes
    stderr: Bytes


class ProcessEvidence(TypedDict):
    """Hold a sandboxes.engine.interface.ProcessFact."""

    pid: int
    ppid: int
    uid: int
    command: str
    args: str


class PortEvidence(TypedDict):
    """Hold what a port answered.

    `open`: whether anybody accepted; `ended`: whether the answer was over in time; `reply` as it
    came; `truncated`: whether there was more of it.
    """

    open: bool
    ended: bool
    reply: Bytes
    truncated: bool


class ScriptEvidence(TypedDict):
    """Hold what a script made of the rest of the document; `version` is script_version()."""

    version: str
    points: int
    found: str
    expected: str
    message: str


class Evidence(TypedDict):
    """Hold all that was seen.

    - `facts` by checks.file.FactName, `files` by path, `commands` by check id, `ports` by
      port_key(), `scripts` by check id; `processes` is None when no check asks for them.
    - `answers` by question id, as questions.answers makes them, None where there was none.
    - `docker`, `guests`, and `registry` (by "repository:tag", below the student's name) as
      docker_schema.py says.
    - `measured` are the platform's own numbers, by measured_key() and in the base unit of their
      dimension (core.units), None where there was nothing to measure.
    - `other` is what kinds of checks without a section of their own have gathered, by kind.
    - `errors` by what is missing ("facts", "processes", "file <path>", "commands", "ports",
      "scripts", "script <check id>").
    - `about` says how it was gathered: "image" (the machine image's id), "exercise" (its version),
      "checker" (the content hash of the tools that ran its commands), "milliseconds".
    """

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
    other: NotRequired[dict[str, Any]]
    errors: dict[str, str]
    about: dict[str, Any]


def empty_evidence() -> Evidence:
    """Make a document with nothing in it yet."""
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
    """Read a stored document, which has the shape that it was stored with."""
    return cast("Evidence", {**empty_evidence(), **stored})
