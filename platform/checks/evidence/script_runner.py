"""Run the scripts of `script` checks over evidence.

They run in a container of an image of the platform's own, as nobody, without a network, bounded by
the checker in time and output, and by the container in everything else.

What a script prints is a function of the check and of the rest of the evidence, so it can be
repeated from what is stored. Any other end (an exception, a time-out, no JSON) is the script's
fault, so nothing is graded.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from checks.evidence.packing import unpack_bytes
from checks.evidence.schema import Evidence, ScriptEvidence
from core.specs.outcomes import clean_text
from sandboxes.engine.checker_protocol import ProbeCommand, ProbeFact
from sandboxes.engine.interface import SandboxEngine

IMAGE = "grader"
FOLDER = "/grade"
PYTHON = ("/usr/bin/python3", "-I", "-B")
LAUNCH = (
    "import os, runpy, sys; os.chdir(sys.argv[1]); runpy.run_path('script.py', run_name='__main__')"
)
JOBS_AT_ONCE = 16
OUTPUT_MAX = 16 * 1024
MESSAGE_MAX = 2000
# The end of what a failed script printed to each of its two streams, in characters.
DETAIL_MAX = 4000


class Script(Protocol):
    """Describe the check that a script belongs to."""

    @property
    def id(self) -> str: ...
    @property
    def script(self) -> str: ...
    @property
    def files(self) -> tuple[str, ...]: ...
    @property
    def points(self) -> int: ...
    @property
    def timeout_seconds(self) -> int: ...


class PrintedResult(BaseModel):
    """Hold what a script has to print."""

    model_config = ConfigDict(strict=True, extra="forbid")

    points: int = Field(ge=0, le=100)
    found: str = Field(max_length=MESSAGE_MAX)
    expected: str = Field(default="", max_length=MESSAGE_MAX)
    message: str = Field(default="", max_length=MESSAGE_MAX)


def script_version(check: Script) -> str:
    """Hash everything of a check that what its script prints depends on."""
    parts = [check.script, list(check.files), check.points]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def is_current(check: Script, evidence: Evidence) -> bool:
    """Whether the evidence holds what this script made of it."""
    printed = evidence["scripts"].get(check.id)
    return printed is not None and printed["version"] == script_version(check)


@dataclass(frozen=True)
class Job:
    """Hold a script to be run over a document.

    The document gets what it prints, or under `errors` why there is nothing.
    """

    check: Script
    evidence: Evidence


def run_jobs(jobs: Sequence[Job], engine: SandboxEngine, *, image: str) -> None:
    """Run jobs one after the other, several in one container.

    Raises what the engine raises when it runs a container apart.
    """
    for start in range(0, len(jobs), JOBS_AT_ONCE):
        batch = jobs[start : start + JOBS_AT_ONCE]
        files = {
            path: content
            for number, job in enumerate(batch)
            for path, content in files_of(number, job)
        }
        commands = [command_of(number, job) for number, job in enumerate(batch)]
        facts = engine.run_isolated(image, files, commands)
        for job, fact in zip(batch, facts, strict=True):
            note_result(job, fact)


def files_of(number: int, job: Job) -> Iterator[tuple[str, bytes]]:
    """Return what lies in a job's folder.

    That is the script, the document without what scripts made of it, and a copy of every regular
    file in it.
    """
    yield f"{FOLDER}/{number}/script.py", job.check.script.encode()
    document = {
        name: part for name, part in job.evidence.items() if name not in ("scripts", "errors")
    }
    yield f"{FOLDER}/{number}/evidence.json", json.dumps(document).encode()
    for path, file in job.evidence["files"].items():
        if file["content"] is not None:
            yield f"{FOLDER}/{number}/files{path}", unpack_bytes(file["content"])


def command_of(number: int, job: Job) -> ProbeCommand:
    """Build the command that runs a job's script in its folder."""
    argv = (*PYTHON, "-c", LAUNCH, f"{FOLDER}/{number}")
    return ProbeCommand(str(number), argv, float(job.check.timeout_seconds), OUTPUT_MAX)


def note_result(job: Job, fact: ProbeFact) -> None:
    """Put what a script printed into its document, or why that can't be used."""
    errors, key, name = job.evidence["errors"], f"script {job.check.id}", job.check.id
    if fact.exit_code != 0 or fact.truncated:
        errors[key] = f"The script of {name} {end_of(fact)}; tell your instructor."
        errors[output_key(name)] = output_of(fact)
        return
    try:
        printed = PrintedResult.model_validate_json(fact.stdout)
    except ValidationError:
        errors[key] = (
            f"The script of {name} printed something else than points and found; "
            "tell your instructor."
        )
        errors[output_key(name)] = output_of(fact)
        return
    job.evidence["scripts"][name] = ScriptEvidence(
        version=script_version(job.check),
        points=printed.points,
        found=clean_text(printed.found),
        expected=clean_text(printed.expected),
        message=clean_text(printed.message),
    )


def output_key(check: str) -> str:
    """Return under which of the errors the output of a script that failed is kept."""
    return f"output of script {check}"


def output_of(fact: ProbeFact) -> str:
    """Return what a script has printed, its traceback last: for authors, never for students."""
    parts = (clean_text(part.decode(errors="replace")) for part in (fact.stdout, fact.stderr))
    return "\n".join(part[-DETAIL_MAX:].strip() for part in parts if part.strip())


def end_of(fact: ProbeFact) -> str:
    """Say how a script ended that did not end well."""
    if fact.timed_out:
        return "did not end in time"
    if fact.truncated:
        return "printed too much"
    if fact.error is not None or fact.exit_code is None:
        return "was ended from outside"
    return f"failed with exit code {fact.exit_code}"
