"""Collectors of what the platform measures, to be held against what a student has measured."""

import shlex
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from checks.evidence.base import ON_DISK, Piece, Target
from checks.evidence.schema import Evidence, FileEvidence, measured_key, pack_bytes
from checks.specs import CheckSpec, MeasurementCheck
from sandboxes.engine.facts import Usage
from sandboxes.engine.interface import SandboxEngine
from sandboxes.engine.machine_paths import BOOT_FILE
from sandboxes.errors import EngineError, InsideSilent, MachineMissing

BOOT = "boot-time"
BOOT_FILE_MAX_BYTES = 32
STARTED_AGAIN = (
    "Your machine has been started again since it was made, so nobody knows what its first start took. Reset it."
)
# How a guest is asked for the file with a number.
ASK = 'f={path}; [ -f "$f" ] && echo regular && head -c 200 "$f"'
ASK_SECONDS = 12.0
NUMBER_MAX_BYTES = 256
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
    """One look at the machine for everything that an engine counts, one for a guest's boot, and one for each file in a
    guest; other files are read like any."""
    wanted = {measured_key(check): check for check in checks if isinstance(check, MeasurementCheck)}
    paths = {check.path for check in checks if isinstance(check, MeasurementCheck) and target.in_guest}
    boot = wanted.pop(BOOT, None)
    pieces = [Piece("measured", partial(_add_usage, wanted=wanted, target=target, engine=engine))] if wanted else []
    if boot:
        pieces.append(Piece(f"measured {BOOT}", partial(_add_boot, target=target, engine=engine), ON_DISK))
    reads = {path: partial(_add_guest_file, path=path, target=target, engine=engine) for path in sorted(paths)}
    return pieces + [Piece(f"file {path}", read) for path, read in reads.items()]


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
    if not target.in_guest:
        evidence["errors"][f"measured {BOOT}"] = NO_GUEST
        return
    noted = engine.read_file(target.container_id, BOOT_FILE, BOOT_FILE_MAX_BYTES).content or b""
    evidence["measured"][BOOT] = int(noted) / 1000 if noted.strip().isdigit() else None


def _add_guest_file(evidence: Evidence, *, path: str, target: Target, engine: SandboxEngine) -> None:
    """The student's own number, so it may come from the student's own guest."""
    try:
        said = engine.ask_guest(target.container_id, ASK.format(path=shlex.quote(path)), ASK_SECONDS)
    except MachineMissing:
        raise
    except EngineError as error:
        raise InsideSilent(str(error)) from error
    kind, _, content = said[:NUMBER_MAX_BYTES].partition(b"\n")
    evidence["files"][path] = FileEvidence(
        kind="regular" if kind == b"regular" else "missing",
        size=len(content),
        mode=0,
        uid=0,
        content=pack_bytes(content),
        truncated=False,
    )
