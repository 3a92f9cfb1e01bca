"""Collect the evidence that checks have planned, through the engine, out of the student's reach.

Everything is bounded in time and bytes. What could not be gathered is noted under `errors`, in
words for the student, and the rest is still gathered.
"""

import json
import logging
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Protocol

from checks.errors import EvidenceTooLarge
from checks.evidence.schema import Evidence, empty_evidence
from checks.evidence.tasks import EvidenceTask, Gather, Subject
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

logger = logging.getLogger(__name__)

# Nothing new is begun after this many seconds; the longest task, a probe, takes up to 51 more.
BEGIN_WITHIN_SECONDS = 20.0
SIDE_BY_SIDE = 4
# What a document may take in JSON, unless the operator says otherwise.
EVIDENCE_BYTES = 2_000_000

REASONS: dict[type[Exception], str] = {
    EngineUnavailable: "The engine that runs your machine could not be reached.",
    ImageMissing: ("What this exercise's scripts run in is not there yet; tell your instructor."),
    MachineMissing: "Your machine is not there any more.",
    SnapshotTooLarge: (
        "The files in your machine are too large in all to be copied: remove some; holes count too."
    ),
    ProbeGarbled: "The checker was disturbed while it looked at your machine.",
    InsideSilent: (
        "What runs in your machine (its Docker engine, or its guest) did not answer as it should."
    ),
    ProbeTooLarge: "This exercise asks for more than the checker can do; tell your instructor.",
}
OTHERWISE = "The engine could not say what is in your machine."
LATE = "Looking at your machine took too long."


class Planner(Protocol):
    """Plan evidence, as every check does."""

    def plan_evidence(self, subject: Subject) -> Iterable[EvidenceTask]:
        """Return what has to be gathered from the subject."""
        ...


def checker_version(tools: Path) -> str:
    """Hash the folder with the checker and its tools; "" where there is none (a fake engine)."""
    try:
        return tools_hash(tools)
    except EngineError:
        return ""


def collect(
    *,
    checks: Iterable[Planner],
    subject: Subject,
    engine: SandboxEngine,
    bytes_max: int = EVIDENCE_BYTES,
) -> Evidence:
    """Collect the evidence for these checks.

    Raises EvidenceTooLarge, and nothing of the engine's: what failed is under `errors`.
    """
    began = time.monotonic()
    evidence = empty_evidence()
    tasks = merged(task for check in checks for task in check.plan_evidence(subject))
    for _, group in groupby(sorted(tasks, key=order_of), key=order_of):
        gather_side_by_side(
            list(group), evidence, subject, engine, late_at=began + BEGIN_WITHIN_SECONDS
        )
    evidence["about"] = {
        "image": subject.image,
        "checker": subject.checker,
        "milliseconds": round((time.monotonic() - began) * 1000),
    }
    check_size(evidence, bytes_max)
    return evidence


def check_size(evidence: Evidence, most: int) -> None:
    """Raise EvidenceTooLarge for a document of more than `most` bytes of JSON.

    Those are counted before compression: they are what reading it again takes.
    """
    size = len(json.dumps(evidence, separators=(",", ":")))
    if size > most:
        raise EvidenceTooLarge(
            f"What the checks look at in your machine comes to {size} bytes; "
            f"at most {most} can be kept. "
            "Make those files, or what those commands print, smaller."
        )


def merged(tasks: Iterable[EvidenceTask]) -> list[EvidenceTask]:
    """Join tasks of the same name and function, each of their items once."""
    joined: dict[tuple[str, Gather], EvidenceTask] = {}
    for task in tasks:
        key = (task.name, task.gather)
        items = joined[key].items if key in joined else ()
        added = tuple(item for item in dict.fromkeys(task.items) if item not in items)
        joined[key] = replace(task, items=items + added)
    return list(joined.values())


def order_of(task: EvidenceTask) -> int:
    return task.order


def gather_side_by_side(
    tasks: Sequence[EvidenceTask],
    evidence: Evidence,
    subject: Subject,
    engine: SandboxEngine,
    *,
    late_at: float,
) -> None:
    """Gather at the same time: each task waits for the engine, and writes to a place of its own."""
    if len(tasks) == 1:
        gather_one(tasks[0], evidence, subject, engine, late_at)
        return
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        futures = [
            pool.submit(copy_context().run, gather_one, task, evidence, subject, engine, late_at)
            for task in tasks
        ]
    for future in futures:
        future.result()


def gather_one(
    task: EvidenceTask, evidence: Evidence, subject: Subject, engine: SandboxEngine, late_at: float
) -> None:
    """Gather what one task plans, or note why that failed."""
    if time.monotonic() > late_at:
        evidence["errors"][task.name] = LATE
        return
    try:
        task.gather(evidence, subject, engine, task.items)
    except (EngineError, ProbeTooLarge) as error:
        logger.warning("evidence %s: %s", task.name, error)
        evidence["errors"][task.name] = REASONS.get(type(error), OTHERWISE)
