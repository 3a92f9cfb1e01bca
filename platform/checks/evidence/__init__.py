"""Collectors: gather what an exercise's checks name, through the engine, out of the student's reach.

One module a family. Facts, processes and files are read by the engine on the host; commands run under the trusted
checker in a copy of the machine. Everything is bounded in time and bytes; a piece that could not be had is noted under
`errors`, in words for the student, and the others are gathered all the same.
"""

import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from itertools import groupby
from pathlib import Path

from checks.evidence.base import Piece, Target
from checks.evidence.docker import docker_pieces
from checks.evidence.files import file_pieces
from checks.evidence.guests import guest_pieces
from checks.evidence.measured import measured_pieces
from checks.evidence.ports import port_pieces
from checks.evidence.processes import command_pieces, process_pieces
from checks.evidence.registry import registry_pieces
from checks.evidence.schema import Evidence, empty_evidence
from checks.evidence.scripted import script_pieces
from checks.specs import CheckSpec
from sandboxes.engine.checker_protocol import ProbeGarbled, ProbeTooLarge
from sandboxes.engine.docker.tools_volume import tools_hash
from sandboxes.engine.interface import SandboxEngine
from sandboxes.errors import (
    EngineError,
    EngineUnavailable,
    ImageMissing,
    InsideSilent,
    MachineMissing,
    SnapshotTooLarge,
)

__all__ = ["Target", "checker_version", "collect"]

logger = logging.getLogger(__name__)

# Nothing new is begun after this many seconds; the longest piece, a probe, takes up to 51 more.
BEGIN_WITHIN_SECONDS = 20.0
SIDE_BY_SIDE = 4

REASONS: dict[type[Exception], str] = {
    EngineUnavailable: "The engine that runs your machine could not be reached.",
    ImageMissing: "What this exercise's scripts run in is not there yet; tell your instructor.",
    MachineMissing: "Your machine is not there any more.",
    SnapshotTooLarge: "The files in your machine are too large in all to be copied: remove some; holes count too.",
    ProbeGarbled: "The checker was disturbed while it looked at your machine.",
    InsideSilent: "What runs in your machine (its Docker engine, or its guest) did not answer as it should.",
    ProbeTooLarge: "This exercise asks for more than the checker can do; tell your instructor.",
}
OTHERWISE = "The engine could not say what is in your machine."
LATE = "Looking at your machine took too long."


# What each family of checks wants gathered.
Family = Callable[[Sequence[CheckSpec], Target, SandboxEngine], list[Piece]]
FAMILIES: tuple[Family, ...] = (
    process_pieces,
    measured_pieces,
    port_pieces,
    docker_pieces,
    guest_pieces,
    registry_pieces,
    file_pieces,
    command_pieces,
    script_pieces,
)


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
    pieces = [piece for family in FAMILIES for piece in family(checks, target, engine)]
    for _, group in groupby(sorted(pieces, key=_order), key=_order):
        _gather_group(list(group), evidence, late_at=began + BEGIN_WITHIN_SECONDS)
    evidence["about"] = {
        "image": target.image,
        "checker": target.checker,
        "milliseconds": round((time.monotonic() - began) * 1000),
    }
    return evidence


def _order(piece: Piece) -> int:
    return piece.order


def _gather_group(pieces: Sequence[Piece], evidence: Evidence, *, late_at: float) -> None:
    """Side by side: each waits for the engine most of the time, and writes to a place of its own."""
    if len(pieces) == 1:
        _gather(pieces[0], evidence, late_at)
        return
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        done = [pool.submit(copy_context().run, _gather, piece, evidence, late_at) for piece in pieces]
    for future in done:
        future.result()


def _gather(piece: Piece, evidence: Evidence, late_at: float) -> None:
    if time.monotonic() > late_at:
        evidence["errors"][piece.name] = LATE
        return
    try:
        piece.gather(evidence)
    except (EngineError, ProbeTooLarge) as error:
        logger.warning("evidence %s: %s", piece.name, error)
        evidence["errors"][piece.name] = REASONS.get(type(error), OTHERWISE)
