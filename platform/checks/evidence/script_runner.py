"""Running the scripts of `script` checks over evidence: in a container of an image of the platform's own, as nobody,
without a network, bounded by the checker in time and output, and by the container in everything else.

A script's outcome is a function of the check and of the rest of the evidence, so it can be had again from what is
stored. Whatever is not an outcome (an exception, a time-out, no JSON) is nobody's fault but the script's: not graded.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from checks.evidence.schema import Evidence, ScriptEvidence, clean_text, unpack_bytes
from checks.specs import ScriptCheck
from sandboxes.engine.checker_protocol import ProbeCommand, ProbeFact
from sandboxes.engine.interface import SandboxEngine

IMAGE = "grader"
FOLDER = "/grade"
PYTHON = ("/usr/bin/python3", "-I", "-B")
LAUNCH = "import os, runpy, sys; os.chdir(sys.argv[1]); runpy.run_path('script.py', run_name='__main__')"
JOBS_AT_ONCE = 16
OUTPUT_MAX = 16 * 1024
WORDS_MAX = 2000


class _Printed(BaseModel):
    """What a script has to print."""

    model_config = ConfigDict(strict=True, extra="forbid")

    points: int = Field(ge=0, le=100)
    found: str = Field(max_length=WORDS_MAX)
    expected: str = Field(default="", max_length=WORDS_MAX)
    message: str = Field(default="", max_length=WORDS_MAX)


def script_version(check: ScriptCheck) -> str:
    """Changes with everything of a check that its outcome depends on."""
    parts = [check.script, list(check.files), check.points]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def is_current(check: ScriptCheck, evidence: Evidence) -> bool:
    """Whether the evidence holds what this script made of it."""
    outcome = evidence["scripts"].get(check.id)
    return outcome is not None and outcome["version"] == script_version(check)


@dataclass(frozen=True)
class Job:
    """A script to be run over a document, which gets its outcome, or under `errors` why there is none."""

    check: ScriptCheck
    evidence: Evidence


def run_jobs(jobs: Sequence[Job], engine: SandboxEngine, *, image: str) -> None:
    """Run them one after the other, several in one container. Raises what SandboxEngine.run_isolated raises."""
    for start in range(0, len(jobs), JOBS_AT_ONCE):
        several = jobs[start : start + JOBS_AT_ONCE]
        files = {path: content for number, job in enumerate(several) for path, content in _files(number, job)}
        facts = engine.run_isolated(image, files, [_command(number, job) for number, job in enumerate(several)])
        for job, fact in zip(several, facts, strict=True):
            _note(job, fact)


def _files(number: int, job: Job) -> Iterator[tuple[str, bytes]]:
    """What lies in a job's folder: the script, the document without what scripts made of it, and a copy of every
    regular file in it."""
    yield f"{FOLDER}/{number}/script.py", job.check.script.encode()
    document = {name: part for name, part in job.evidence.items() if name not in ("scripts", "errors")}
    yield f"{FOLDER}/{number}/evidence.json", json.dumps(document).encode()
    for path, fact in job.evidence["files"].items():
        if fact["content"] is not None:
            yield f"{FOLDER}/{number}/files{path}", unpack_bytes(fact["content"])


def _command(number: int, job: Job) -> ProbeCommand:
    words = (*PYTHON, "-c", LAUNCH, f"{FOLDER}/{number}")
    return ProbeCommand(str(number), words, float(job.check.timeout_seconds), OUTPUT_MAX)


def _note(job: Job, fact: ProbeFact) -> None:
    outcome, failure = _outcome(job.check, fact)
    if outcome:
        job.evidence["scripts"][job.check.id] = outcome
    else:
        job.evidence["errors"][f"script {job.check.id}"] = failure


def _outcome(check: ScriptCheck, fact: ProbeFact) -> tuple[ScriptEvidence | None, str]:
    if fact.exit_code != 0 or fact.truncated:
        return None, f"The script of {check.id} {_end(fact)}; tell your instructor."
    try:
        printed = _Printed.model_validate_json(fact.stdout)
    except ValidationError:
        return None, f"The script of {check.id} printed something else than points and found; tell your instructor."
    return _script_evidence(check, printed), ""


def _script_evidence(check: ScriptCheck, printed: _Printed) -> ScriptEvidence:
    return ScriptEvidence(
        version=script_version(check),
        points=printed.points,
        found=clean_text(printed.found),
        expected=clean_text(printed.expected),
        message=clean_text(printed.message),
    )


def _end(fact: ProbeFact) -> str:
    if fact.timed_out:
        return "did not end in time"
    if fact.truncated:
        return "printed too much"
    if fact.error is not None or fact.exit_code is None:
        return "was ended from outside"
    return f"failed with exit code {fact.exit_code}"
