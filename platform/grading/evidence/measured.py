"""Collectors of what the platform measures, to be held against what a student has measured."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from curriculum.checkspec import CheckSpec, MeasurementCheck
from grading.document import Evidence, measured_key
from grading.evidence.base import ON_DISK, Piece, Target
from sandboxes.engine import BOOT_FILE, SandboxEngine, Usage
from sandboxes.kinds import KINDS

BOOT = "boot-time"
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
    """One look at the machine for everything that an engine counts, and one for a guest's boot."""
    wanted = {measured_key(check): check for check in checks if isinstance(check, MeasurementCheck)}
    boot = wanted.pop(BOOT, None)
    pieces = [Piece("measured", partial(_add_usage, wanted=wanted, target=target, engine=engine))] if wanted else []
    if boot:
        pieces.append(Piece(f"measured {BOOT}", partial(_add_boot, target=target, engine=engine), ON_DISK))
    return pieces


def _add_usage(
    evidence: Evidence, *, wanted: Mapping[str, MeasurementCheck], target: Target, engine: SandboxEngine
) -> None:
    usage = engine.usage(target.container_id)
    for key, check in wanted.items():
        value = MEASURES[check.of](check, usage)
        if value is None and check.of == "start-time":
            evidence["errors"][f"measured {key}"] = STARTED_AGAIN
        else:
            evidence["measured"][key] = value


def _add_boot(evidence: Evidence, *, target: Target, engine: SandboxEngine) -> None:
    """What guest-console has noted, in seconds. A student who is not in a guest could write that file."""
    entrypoint = engine.facts(target.container_id).entrypoint
    if not any(kind.console in entrypoint for kind in KINDS.values() if kind.console):
        evidence["errors"][f"measured {BOOT}"] = NO_GUEST
        return
    noted = engine.read_file(target.container_id, BOOT_FILE, BOOT_FILE_MAX_BYTES).content or b""
    evidence["measured"][BOOT] = int(noted) / 1000 if noted.strip().isdigit() else None
