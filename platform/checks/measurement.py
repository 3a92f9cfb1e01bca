"""Check numbers that a student has measured, against the platform's own measurement of the same."""

import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from checks.base import BaseCheck, evidence_missing
from checks.evidence.packing import pack_bytes
from checks.evidence.schema import Evidence, FileEvidence
from checks.evidence.tasks import ALIVE, ON_DISK, EvidenceTask, Subject
from checks.file import FilePath, file_task, file_text
from checks.guest import ask_guest
from checks.process import CommandName
from checks.registry import CHECK_KINDS
from core.specs.numerals import BadNumber, split_number
from core.specs.outcomes import CheckOutcome, EvidenceMissing
from core.specs.units import UnitName, check_unit
from core.units import (
    BASES,
    UNITS,
    BadQuantity,
    Unit,
    convert,
    format_quantity,
    parse_quantity,
)
from sandboxes.engine.facts import Usage
from sandboxes.engine.interface import SandboxEngine
from sandboxes.engine.machine_paths import BOOT_FILE
from sandboxes.machine_types.registry import machine_types

# What the platform measures by itself, and the dimension of its number (core.units).
Quantity = Literal["memory", "process-memory", "processes", "image-size", "start-time", "boot-time"]
DIMENSIONS: dict[str, str] = {
    "memory": "data",
    "process-memory": "data",
    "processes": "count",
    "image-size": "data",
    "start-time": "time",
    "boot-time": "time",
}
# What each quantity is called in front of a student.
NAMES = {
    "memory": "the memory that this machine uses",
    "process-memory": "the memory that the processes named {process} use",
    "processes": "the number of processes in this machine",
    "image-size": "the size of this machine's image",
    "start-time": "the time that it took to make and start this machine",
    "boot-time": "the time from power-on to the guest's first prompt",
}
# What a student is told when there is nothing that could be measured.
NOTHING = {
    "process-memory": "there is no running process of that name, so there is nothing to measure",
    "boot-time": (
        "the guest has not come to its prompt since it was turned on, "
        "so there is nothing to measure"
    ),
}
BOOT = "boot-time"
BOOT_FILE_MAX_BYTES = 32
STARTED_AGAIN = (
    "Your machine has been started again since it was made, "
    "so nobody knows what its first start took. Reset it."
)
NO_GUEST = "This machine has no guest whose boot the platform sees; tell your instructor."
# How a guest is asked for the file with a number.
ASK = 'f={path}; [ -f "$f" ] && echo regular && head -c 200 "$f"'
NUMBER_MAX_BYTES = 256

Amount = Annotated[float, Field(gt=0, le=1e15, allow_inf_nan=False)]


@dataclass(frozen=True)
class Reading:
    """Hold what a measurement compares, both numbers in its unit.

    `measured` is None when the student has written no number, `reference` when there was nothing
    for the platform to measure; `why` says so then. `text` is what was written, in quotes.
    """

    measured: float | None
    reference: float | None
    text: str
    why: str = ""


@CHECK_KINDS.register(position=60)
class MeasurementCheck(BaseCheck):
    """Check a number that the student has written into a file.

    It is held against the platform's own measurement of the same.
    """

    kind: Literal["measurement"] = "measurement"
    path: Annotated[FilePath, Field(description="Where the number is written, as in /root/answer.")]
    of: Annotated[
        Quantity,
        Field(description="What the platform measures, out of the student's reach."),
    ]
    process: Annotated[
        CommandName | None,
        Field(description="For process-memory: the process's name, as in /proc/<pid>/comm."),
    ] = None
    unit: Annotated[
        UnitName,
        Field(description="Of a number without one, and of what is shown. Counts have none."),
    ] = ""
    needs_unit: Annotated[
        bool,
        Field(strict=True, description="Whether a number without a unit is refused."),
    ] = False
    within_percent: Annotated[
        int | None,
        Field(
            strict=True,
            ge=1,
            le=1000,
            description="How far off it may be, in per cent of the platform's.",
        ),
    ] = None
    within: Annotated[
        Amount | None,
        Field(
            description="How far off it may be, in the unit. Of two bounds, the wider one counts."
        ),
    ] = None

    @property
    def measure(self) -> Unit:
        """Return the unit itself."""
        return UNITS[self.unit]

    @property
    def measured_dimension(self) -> str:
        """Return the dimension of what it measures."""
        return DIMENSIONS[self.of]

    @property
    def base(self) -> Unit:
        """Return the unit in which the platform measures."""
        return UNITS[BASES[self.measured_dimension]]

    @property
    def key(self) -> str:
        """Return the platform's number's name in the evidence: "memory", "process-memory sleep"."""
        return f"{self.of} {self.process}" if self.process else self.of

    @model_validator(mode="after")
    def refuse_misfits(self) -> Self:
        """Raise PydanticCustomError at a field that does not go with another."""
        check_unit(self.unit, self.measured_dimension)
        if self.needs_unit and not self.unit:
            raise PydanticCustomError(
                "needs_unit", "needs a unit: counts have none", {"at": ("needs_unit",)}
            )
        if (self.process is not None) != (self.of == "process-memory"):
            raise PydanticCustomError(
                "process", "goes with of = process-memory, and it alone", {"at": ("process",)}
            )
        if self.within_percent is None and self.within is None:
            raise PydanticCustomError("tolerance", "needs within_percent, within or both")
        return self

    def machine_fault(self, machine_kind: str | None) -> tuple[str, str] | None:
        """Return a fault where the student is not in the guest: only there a boot is timed."""
        in_guests = [each.name for each in machine_types() if each.opens_in_guest]
        if self.of == BOOT and machine_kind not in in_guests:
            return "of", f"boot-time takes a machine of the kind {' or '.join(in_guests)}"
        return None

    def plan_evidence(self, subject: Subject) -> Iterator[EvidenceTask]:
        """Plan to measure, and to read the student's number where the student has written it."""
        if self.of == BOOT:
            yield EvidenceTask(f"measured {BOOT}", gather_boot, ON_DISK)
        else:
            yield EvidenceTask("measured", gather_usage, ALIVE, (self,))
        if subject.in_guest:
            yield EvidenceTask(f"file {self.path}", gather_guest_files, ALIVE, (self.path,))
        else:
            yield file_task(self.path)

    def evaluate(self, evidence: Evidence) -> CheckOutcome:
        """Compare both numbers, and hand them on where both are there.

        Before it is passed, a student is told how close it has to be, and not what the platform has
        measured.
        """
        reading = self.read_numbers(evidence)
        name = NAMES[self.of].format(process=self.process)
        bounds = [f"{self.within_percent} %"] if self.within_percent else []
        bounds += [format_quantity(self.within, self.measure)] if self.within else []
        off = f"at most {' or '.join(bounds)} off what the platform measures"
        with_unit = ", with its unit" if self.needs_unit else ""
        expected = f"{self.path} holds {name}{with_unit}, {off}"
        if reading.measured is None:
            return CheckOutcome(passed=False, expected=expected, found=reading.why)
        if reading.reference is None:
            observed = f"{reading.text}, but {NOTHING[self.of]}"
            return CheckOutcome(passed=False, expected=expected, found=observed)
        measured = (self.in_base(reading.measured), self.in_base(reading.reference))
        if abs(reading.measured - reading.reference) > self.allowed(reading.reference):
            observed = f"{reading.text}, which is further off than that"
            return CheckOutcome(False, expected, observed, measured=measured)
        reference = format_quantity(reading.reference, self.measure)
        return CheckOutcome(True, f"{expected}: {reference}", reading.text, measured=measured)

    def read_numbers(self, evidence: Evidence) -> Reading:
        """Return both numbers.

        Raises EvidenceMissing when the file was not collected, or the platform failed to measure.
        """
        file = evidence["files"].get(self.path)
        if file is None:
            raise evidence_missing(evidence, f"file {self.path}", f"{self.path} was not collected.")
        reference = self.reference(evidence)
        text, observed = file_text(file)
        if text is None:
            return Reading(None, reference, observed, observed)
        try:
            if self.needs_unit and not split_number(text)[1]:
                return Reading(None, reference, observed, f"{observed}, without a unit")
            return Reading(parse_quantity(text, self.measure), reference, observed)
        except (BadQuantity, BadNumber) as bad:
            return Reading(None, reference, observed, f"{observed}: {bad}")

    def reference(self, evidence: Evidence) -> float | None:
        """Return the platform's number in the check's unit, None where there was nothing."""
        if self.key not in evidence["measured"]:
            errors = evidence["errors"]
            otherwise = f"The platform did not measure {self.key}."
            raise EvidenceMissing(
                errors.get(f"measured {self.key}") or errors.get("measured", otherwise)
            )
        value = evidence["measured"][self.key]
        return None if value is None else convert(value, self.base, self.measure)

    def in_base(self, number: float) -> float:
        """Convert a number in the check's unit to the base unit of its dimension."""
        return convert(number, self.measure, self.base)

    def allowed(self, reference: float) -> float:
        """Return how far off a number may be, in the check's unit: the wider of the two bounds."""
        return max(abs(reference) * (self.within_percent or 0) / 100, self.within or 0)


def process_memory(check: MeasurementCheck, usage: Usage) -> float | None:
    """Sum the memory of the processes of that name; None where there is none."""
    sizes = [resident for command, resident in usage.processes if command == check.process]
    return sum(sizes) if sizes else None


# Everything but a guest's boot, in the base unit of its dimension.
MEASURES: dict[str, Callable[[MeasurementCheck, Usage], float | None]] = {
    "memory": lambda _check, usage: usage.memory_bytes,
    "process-memory": process_memory,
    "processes": lambda _check, usage: len(usage.processes),
    "image-size": lambda _check, usage: usage.image_bytes,
    "start-time": lambda _check, usage: usage.start_seconds,
}


def gather_usage(
    evidence: Evidence,
    subject: Subject,
    engine: SandboxEngine,
    checks: Sequence[MeasurementCheck],
) -> None:
    """Measure, by one look at the machine, everything that an engine counts."""
    usage = engine.usage(subject.container_id)
    for check in checks:
        value = MEASURES[check.of](check, usage)
        if value is None and check.of == "start-time":
            evidence["errors"][f"measured {check.key}"] = STARTED_AGAIN
        else:
            evidence["measured"][check.key] = value


def gather_boot(
    evidence: Evidence, subject: Subject, engine: SandboxEngine, _items: Sequence[object]
) -> None:
    """Read the seconds that guest-console has noted.

    A student who is not in a guest could write that file.
    """
    if not subject.in_guest:
        evidence["errors"][f"measured {BOOT}"] = NO_GUEST
        return
    fact = engine.read_file(subject.container_id, BOOT_FILE, BOOT_FILE_MAX_BYTES)
    content = fact.content or b""
    milliseconds = int(content) if content.strip().isdigit() else None
    evidence["measured"][BOOT] = None if milliseconds is None else milliseconds / 1000


def gather_guest_files(
    evidence: Evidence, subject: Subject, engine: SandboxEngine, paths: Sequence[str]
) -> None:
    """Ask the guest for the student's number; the student controls the guest."""
    for path in paths:
        printed = ask_guest(engine, subject, ASK.format(path=shlex.quote(path)))
        kind, _, content = printed[:NUMBER_MAX_BYTES].partition(b"\n")
        evidence["files"][path] = FileEvidence(
            kind="regular" if kind == b"regular" else "missing",
            size=len(content),
            mode=0,
            uid=0,
            content=pack_bytes(content),
            truncated=False,
        )
