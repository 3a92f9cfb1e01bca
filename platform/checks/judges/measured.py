"""Judges of numbers that a student has measured."""

from dataclasses import dataclass

from checks.evidence.schema import Evidence, measured_key
from checks.judges.base import Finding
from checks.judges.files import file_text
from checks.specs import MeasurementCheck
from checks.specs.measured import DIMENSIONS
from core.units import BASES, UNITS, BadQuantity, convert, format_quantity, parse_quantity
from grading.errors import EvidenceMissing

# What each quantity is called in front of a student.
NAMES = {
    "memory": "the memory that this machine uses",
    "process-memory": "the memory that the processes named {process} use",
    "processes": "the number of processes in this machine",
    "image-size": "the size of this machine's image",
    "start-time": "the time that it took to make and start this machine",
    "boot-time": "the time from power-on to the guest's first prompt",
}
# What is said when there is nothing that could be measured.
NOTHING = {
    "process-memory": "there is no running process of that name, so there is nothing to measure",
    "boot-time": "the guest has not come to its prompt since it was turned on, so there is nothing to measure",
}


@dataclass(frozen=True)
class Reading:
    """What a check compares, both in its unit. `measured` is None when the student has written no number, `reference`
    when there was nothing for the platform to measure; `why` says so then. `text` is what was written, in quotes."""

    measured: float | None
    reference: float | None
    text: str
    why: str = ""


def reading_of(check: MeasurementCheck, evidence: Evidence) -> Reading:
    """Both numbers. Raises EvidenceMissing when the file was not looked at, or the platform failed to measure."""
    file = evidence["files"].get(check.path)
    if file is None:
        raise EvidenceMissing(evidence["errors"].get(f"file {check.path}", f"{check.path} was not looked at."))
    reference = _reference(check, evidence)
    text, found = file_text(file)
    if text is None:
        return Reading(None, reference, found, found)
    try:
        return Reading(parse_quantity(text, check.measure), reference, found)
    except BadQuantity as bad:
        return Reading(None, reference, found, f"{found}: {bad}")


def judge_measurement(check: MeasurementCheck, evidence: Evidence) -> Finding:
    """Before it is passed, a student is told how close it has to be, and not what the platform has measured."""
    reading = reading_of(check, evidence)
    expected = f"{check.path} holds {NAMES[check.of].format(process=check.process)}, {_bounds(check)}"
    if reading.measured is None:
        return Finding(passed=False, expected=expected, found=reading.why)
    if reading.reference is None:
        return Finding(passed=False, expected=expected, found=f"{reading.text}, but {NOTHING[check.of]}")
    if abs(reading.measured - reading.reference) > _allowed(check, reading.reference):
        return Finding(passed=False, expected=expected, found=f"{reading.text}, which is further off than that")
    measured = format_quantity(reading.reference, check.measure)
    return Finding(passed=True, expected=f"{expected}: {measured}", found=reading.text)


def _reference(check: MeasurementCheck, evidence: Evidence) -> float | None:
    key = measured_key(check)
    if key not in evidence["measured"]:
        errors = evidence["errors"]
        why = errors.get(f"measured {key}") or errors.get("measured", f"The platform did not measure {key}.")
        raise EvidenceMissing(why)
    value = evidence["measured"][key]
    return None if value is None else convert(value, UNITS[BASES[DIMENSIONS[check.of]]], check.measure)


def _allowed(check: MeasurementCheck, reference: float) -> float:
    """How far off a number may be, in the check's unit: the wider of the two bounds."""
    return max(abs(reference) * (check.within_percent or 0) / 100, check.within or 0)


def _bounds(check: MeasurementCheck) -> str:
    bounds = [f"{check.within_percent} %"] if check.within_percent else []
    bounds += [format_quantity(check.within, check.measure)] if check.within else []
    return f"at most {' or '.join(bounds)} off what the platform measures"
