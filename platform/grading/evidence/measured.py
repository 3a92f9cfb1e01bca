"""Collectors of what the platform measures, to be held against what a student has measured."""

from collections.abc import Callable, Sequence
from functools import cache, partial

from curriculum.checkspec import CheckSpec, MeasurementCheck
from grading.document import Evidence, measured_key
from grading.evidence.base import ALIVE, Piece, Target
from sandboxes.engine import BOOT_FILE, SandboxEngine, Usage
from sandboxes.kinds import KINDS

BOOT_FILE_MAX_BYTES = 32
STARTED_AGAIN = (
    "Your machine has been started again since it was made, so nobody knows what its first start took. Reset it."
)
NO_GUEST = "This machine has no guest whose boot the platform sees; tell your instructor."

Measure = Callable[[MeasurementCheck, Usage], float | None]


def _process_memory(check: MeasurementCheck, usage: Usage) -> float | None:
    """None where no process has that name."""
    found = [resident for command, resident in usage.processes if command == check.process]
    return sum(found) if found else None


# Everything but a guest's boot, in the base unit of its dimension.
MEASURES: dict[str, Measure] = {
    "memory": lambda _check, usage: usage.memory_bytes,
    "process-memory": _process_memory,
    "processes": lambda _check, usage: len(usage.processes),
    "image-size": lambda _check, usage: usage.image_bytes,
    "start-time": lambda _check, usage: usage.start_seconds,
}


def measured_pieces(checks: Sequence[CheckSpec], target: Target, engine: SandboxEngine) -> list[Piece]:
    """A piece for each thing to be measured. The engine is asked once for all that it counts."""
    usage = cache(partial(engine.usage, target.container_id))
    wanted = {measured_key(check): check for check in checks if isinstance(check, MeasurementCheck)}
    return [Piece(f"measured {key}", _gatherer(check, target, engine, usage), ALIVE) for key, check in wanted.items()]


def _gatherer(
    check: MeasurementCheck, target: Target, engine: SandboxEngine, usage: Callable[[], Usage]
) -> Callable[[Evidence], None]:
    if check.of == "boot-time":
        return partial(_add_boot, check=check, target=target, engine=engine)
    return partial(_add_measure, check=check, usage=usage)


def _add_measure(evidence: Evidence, *, check: MeasurementCheck, usage: Callable[[], Usage]) -> None:
    value = MEASURES[check.of](check, usage())
    if value is None and check.of == "start-time":
        evidence["errors"][f"measured {measured_key(check)}"] = STARTED_AGAIN
    else:
        evidence["measured"][measured_key(check)] = value


def _add_boot(evidence: Evidence, *, check: MeasurementCheck, target: Target, engine: SandboxEngine) -> None:
    """What guest-console has noted, in seconds. A student who is not in a guest could write that file."""
    entrypoint = engine.facts(target.container_id).entrypoint
    if not any(kind.console in entrypoint for kind in KINDS.values() if kind.console):
        evidence["errors"][f"measured {measured_key(check)}"] = NO_GUEST
        return
    noted = engine.read_file(target.container_id, BOOT_FILE, BOOT_FILE_MAX_BYTES).content or b""
    evidence["measured"][measured_key(check)] = int(noted) / 1000 if noted.strip().isdigit() else None
