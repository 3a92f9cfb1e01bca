"""Numbers with units, as people write them: "2.5 s", "1,5 GiB", "240 ms", "12".

A unit belongs to a dimension and is so many of the dimension's base unit. Two numbers can be compared when their
dimensions are the same. "" is the unit of what is only counted.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

NUMBER = re.compile(r"[+-]?\d{1,18}(?:[.,]\d{1,18})?(?:[eE][+-]?\d{1,2})?", re.ASCII)
LONGEST = 100  # characters; what is longer is no number


class BadQuantity(ValueError):
    """A text that is no number with a fitting unit; the message tells the student why."""


@dataclass(frozen=True)
class Unit:
    """One unit: `per` is how many of the dimension's base unit it is."""

    name: str
    dimension: str
    per: float


BASES = {"time": "s", "data": "B", "frequency": "Hz", "share": "%", "count": ""}
_SIZES: dict[str, dict[str, float]] = {
    "time": {"ns": 1e-9, "µs": 1e-6, "ms": 1e-3, "s": 1, "min": 60, "h": 3600, "d": 86400},
    "data": {
        "B": 1,
        **{f"{prefix}B": 1000.0**n for n, prefix in enumerate("kMGT", 1)},
        **{f"{prefix}iB": 1024.0**n for n, prefix in enumerate("KMGT", 1)},
    },
    "frequency": {"Hz": 1, **{f"{prefix}Hz": 1000.0**n for n, prefix in enumerate("kMG", 1)}},
    "share": {"%": 1},
    "count": {"": 1},
}
# What else people and tools write (`free -h` has Mi). Plain K, M and G are left out: they mean either of two sizes.
_ALIASES = {
    "us": "µs",
    "μs": "µs",
    "sec": "s",
    "secs": "s",
    "second": "s",
    "seconds": "s",
    "minute": "min",
    "minutes": "min",
    "hour": "h",
    "hours": "h",
    "day": "d",
    "days": "d",
    "millisecond": "ms",
    "milliseconds": "ms",
    "byte": "B",
    "bytes": "B",
    "KB": "kB",
    "Ki": "KiB",
    "Mi": "MiB",
    "Gi": "GiB",
    "Ti": "TiB",
    "percent": "%",
}
UNITS: Mapping[str, Unit] = MappingProxyType(
    {name: Unit(name, dimension, per) for dimension, sizes in _SIZES.items() for name, per in sizes.items()}
)


def find_unit(name: str) -> Unit | None:
    """The unit of this name, however it is spelt; None when there is none."""
    return UNITS.get(_ALIASES.get(name, name))


def siblings(unit: Unit) -> tuple[Unit, ...]:
    """The units of the same dimension, the small ones first."""
    return tuple(one for one in UNITS.values() if one.dimension == unit.dimension)


def convert(value: float, given: Unit, wanted: Unit) -> float:
    """A value in another unit of its dimension."""
    return value * given.per / wanted.per


def parse_number(text: str) -> float:
    """A number with a decimal point or comma. Raises BadQuantity."""
    plain = text.strip()
    if NUMBER.fullmatch(plain) is None:
        raise BadQuantity("that is not a number; write it in digits, as in 12 or 2.5")
    if re.fullmatch(r"[+-]?[1-9]\d{0,2},\d{3}", plain):
        raise BadQuantity("a comma before three digits can mean two things; write thousands without it")
    return float(plain.replace(",", "."))


def parse_quantity(text: str, unit: Unit) -> float:
    """The value of "12", "12 s" or "12s" in `unit`, which is meant when none is written. Raises BadQuantity."""
    plain = text.strip().replace("\N{NO-BREAK SPACE}", " ")
    match = NUMBER.match(plain) if len(plain) <= LONGEST else None
    number, written = (match[0], plain[match.end() :].strip()) if match else (plain[:LONGEST], "")
    value = parse_number(number)
    return convert(value, _written_unit(written, unit), unit) if written else value


def _written_unit(written: str, unit: Unit) -> Unit:
    found = find_unit(written)
    if found is None or found.dimension != unit.dimension:
        known = ", ".join(one.name for one in siblings(unit) if one.name)
        raise BadQuantity(f"the unit may be one of {known}" if known else "this is only counted, so it has no unit")
    return found


def format_quantity(value: float, unit: Unit) -> str:
    """A value in `unit` with its unit, to three significant digits where there are fewer than that before the point."""
    number = f"{value:,.0f}".replace(",", "\N{NARROW NO-BREAK SPACE}") if abs(value) >= 100 else f"{value:.3g}"
    return f"{number}\N{NO-BREAK SPACE}{unit.name}" if unit.name else number
