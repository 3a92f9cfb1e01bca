"""Collectors of files, and of the facts that files are held against."""

import posixpath
from collections.abc import Sequence
from functools import partial

from checks.evidence.base import ALIVE, ON_DISK, Piece, Target
from checks.evidence.schema import Evidence, FileEvidence, pack_bytes
from checks.specs import CheckSpec, FileCheck, MeasurementCheck, ScriptCheck
from sandboxes.engine.facts import FileFact
from sandboxes.engine.interface import SandboxEngine

FILE_MAX_BYTES = 64 * 1024


def file_pieces(checks: Sequence[CheckSpec], target: Target, engine: SandboxEngine) -> list[Piece]:
    """A piece for each path that the checks name, and one for the facts if any is held against one."""
    pieces = [
        Piece(f"file {path}", partial(_add_file, path=path, target=target, engine=engine), ON_DISK)
        for path in dict.fromkeys(path for check in checks for path in _paths(check, target))
    ]
    if any(isinstance(check, FileCheck) and check.equals_fact for check in checks):
        pieces.append(Piece("facts", partial(_add_facts, target=target, engine=engine), ALIVE))
    return pieces


def _paths(check: CheckSpec, target: Target) -> tuple[str, ...]:
    """On the machine's disk. What is measured in a guest is written there: measured.py."""
    if isinstance(check, FileCheck) or (isinstance(check, MeasurementCheck) and not target.in_guest):
        return (check.path,)
    return check.files if isinstance(check, ScriptCheck) else ()


def _add_file(evidence: Evidence, *, path: str, target: Target, engine: SandboxEngine) -> None:
    evidence["files"][path] = _file_evidence(engine.read_file(target.container_id, path, FILE_MAX_BYTES))


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


def _add_facts(evidence: Evidence, *, target: Target, engine: SandboxEngine) -> None:
    """Under the names of curriculum.checkspec.FactName."""
    facts = engine.facts(target.container_id)
    evidence["facts"] = {
        "kernel": facts.kernel,
        "memory_bytes": facts.memory_bytes,
        "pids_max": facts.pids_max,
        "cpus": facts.cpus,
        "hostname": facts.hostname,
        "init": posixpath.basename(facts.entrypoint[0]) if facts.entrypoint else "",
    }
