"""Collectors: gather what an exercise's checks name, through the engine, out of the student's reach.

Facts, processes and files are read by the engine on the host; commands run under the trusted checker in a copy of the
machine. Everything is bounded in time and bytes; a piece that could not be had is noted under `errors`, in words for
the student, and the others are gathered all the same.
"""

import logging
import posixpath
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from curriculum.checkspec import CheckSpec, CommandCheck, FileCheck, ProcessCheck
from grading.document import (
    CommandEvidence,
    Evidence,
    FileEvidence,
    ProcessEvidence,
    clean_text,
    empty_evidence,
    pack_bytes,
)
from sandboxes.docker_tools import tools_hash
from sandboxes.engine import FileFact, MachineFacts, ProcessFact, SandboxEngine
from sandboxes.errors import EngineError, EngineUnavailable, MachineMissing, SnapshotTooLarge
from sandboxes.probe import ProbeCommand, ProbeFact, ProbeGarbled, ProbeTooLarge

logger = logging.getLogger(__name__)

FILE_MAX_BYTES = 64 * 1024
PROCESSES_MAX = 300
# Nothing new is begun after this many seconds; the longest piece, a probe, takes up to 51 more.
BEGIN_WITHIN_SECONDS = 20.0

REASONS: dict[type[Exception], str] = {
    EngineUnavailable: "The engine that runs your machine could not be reached.",
    MachineMissing: "Your machine is not there any more.",
    SnapshotTooLarge: "The files in your machine are too large in all to be copied: remove some; holes count too.",
    ProbeGarbled: "The checker was disturbed while it looked at your machine.",
    ProbeTooLarge: "This exercise asks for more than the checker can do; tell your instructor.",
}
OTHERWISE = "The engine could not say what is in your machine."
LATE = "Looking at your machine took too long."


@dataclass(frozen=True)
class Target:
    """The machine to look at. `image` is its image's id, `checker` what checker_version() says."""

    container_id: str
    image: str
    checker: str = ""


def checker_version(tools: Path) -> str:
    """The content hash of the folder with the checker and its tools; empty where there are none (a fake engine)."""
    try:
        return tools_hash(tools)
    except EngineError:
        return ""


def collect(*, checks: Sequence[CheckSpec], target: Target, engine: SandboxEngine) -> Evidence:
    """The evidence for these checks. Raises nothing of the engine's: what failed is under `errors`."""
    began = time.monotonic()
    evidence = empty_evidence()
    for name, gather in _pieces(checks, target, engine):
        if time.monotonic() - began > BEGIN_WITHIN_SECONDS:
            evidence["errors"][name] = LATE
            continue
        _gather(name, gather, evidence)
    evidence["about"] = {
        "image": target.image,
        "checker": target.checker,
        "milliseconds": round((time.monotonic() - began) * 1000),
    }
    return evidence


def _gather(name: str, gather: Callable[[Evidence], None], evidence: Evidence) -> None:
    try:
        gather(evidence)
    except (EngineError, ProbeTooLarge) as error:
        logger.warning("evidence %s: %s", name, error)
        evidence["errors"][name] = REASONS.get(type(error), OTHERWISE)


def _pieces(
    checks: Sequence[CheckSpec], target: Target, engine: SandboxEngine
) -> list[tuple[str, Callable[[Evidence], None]]]:
    """What has to be gathered: a name for `errors`, and how. What is alive comes first, the probe's pause last."""
    container = target.container_id
    pieces: list[tuple[str, Callable[[Evidence], None]]] = []
    if any(isinstance(check, ProcessCheck) for check in checks):
        pieces.append(("processes", lambda evidence: _add_processes(evidence, engine.processes(container))))
    if any(isinstance(check, FileCheck) and check.equals_fact for check in checks):
        pieces.append(("facts", lambda evidence: _add_facts(evidence, engine.facts(container))))
    for path in dict.fromkeys(check.path for check in checks if isinstance(check, FileCheck)):
        pieces.append((f"file {path}", _file_gatherer(path, container, engine)))
    commands = [_probe_command(check) for check in checks if isinstance(check, CommandCheck)]
    if commands:
        pieces.append(("commands", _command_runner(commands, container, engine)))
    return pieces


def _command_runner(
    commands: Sequence[ProbeCommand], container: str, engine: SandboxEngine
) -> Callable[[Evidence], None]:
    def gather(evidence: Evidence) -> None:
        _add_commands(evidence, commands, engine.run_probe(container, commands))

    return gather


def _file_gatherer(path: str, container: str, engine: SandboxEngine) -> Callable[[Evidence], None]:
    def gather(evidence: Evidence) -> None:
        evidence["files"][path] = _file_evidence(engine.read_file(container, path, FILE_MAX_BYTES))

    return gather


def _file_evidence(fact: FileFact) -> FileEvidence:
    content = fact.content if fact.kind == "regular" else None
    return FileEvidence(
        kind=fact.kind,
        size=fact.size,
        mode=fact.mode,
        uid=fact.uid,
        content=None if content is None or fact.truncated else pack_bytes(content),
        truncated=fact.truncated,
    )


def _probe_command(check: CommandCheck) -> ProbeCommand:
    return ProbeCommand(id=check.id, argv=check.argv, timeout_seconds=float(check.timeout_seconds))


def _add_commands(evidence: Evidence, commands: Sequence[ProbeCommand], facts: Sequence[ProbeFact]) -> None:
    words = {command.id: list(command.argv) for command in commands}
    evidence["commands"] = {
        fact.id: CommandEvidence(
            argv=words[fact.id],
            exit_code=fact.exit_code,
            signal=fact.signal,
            error=fact.error,
            timed_out=fact.timed_out,
            truncated=fact.truncated,
            stdout=pack_bytes(fact.stdout),
            stderr=pack_bytes(fact.stderr),
        )
        for fact in facts
    }


def _add_processes(evidence: Evidence, facts: Sequence[ProcessFact]) -> None:
    """A machine holds at most 256; more than PROCESSES_MAX can't be and is cut."""
    evidence["processes"] = [
        ProcessEvidence(
            pid=fact.pid,
            ppid=fact.ppid,
            uid=fact.uid,
            command=clean_text(fact.command)[:64],
            args=clean_text(fact.args)[:1000],
        )
        for fact in facts[:PROCESSES_MAX]
    ]


def _add_facts(evidence: Evidence, facts: MachineFacts) -> None:
    """Under the names of curriculum.checkspec.FactName."""
    evidence["facts"] = {
        "kernel": facts.kernel,
        "memory_bytes": facts.memory_bytes,
        "pids_max": facts.pids_max,
        "cpus": facts.cpus,
        "hostname": facts.hostname,
        "init": posixpath.basename(facts.entrypoint[0]) if facts.entrypoint else "",
    }
