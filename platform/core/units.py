"""Read and write numbers with units: "2.5 s", "1,5 GiB", "16 000 ms", "12".

A unit belongs to a dimension and is so many of the dimension's base unit. Two numbers can be
compared when their dimensions are the same. "" is the unit of what is only counted.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from core.specs.numerals import BadNumber, split_number


class BadQuantity(ValueError):
    """Tell the student why a text is no number with a fitting unit."""


@dataclass(frozen=True)
class Unit:
    """Describe one unit: `per` is how many of the dimension's base unit it is."""

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
# People and tools write these, too (`free -h` has Mi). Plain K, M and G are left out: they mean
# either of two sizes.
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
    {
        name: Unit(name, dimension, per)
        for dimension, sizes in _SIZES.items()
        for name, per in sizes.items()
    }
)


def find_unit(name: str) -> Unit | None:
    """Return the unit of this name, however it is spelt; None when there is none."""
    return UNITS.get(_ALIASES.get(name, name))


def siblings(unit: Unit) -> tuple[Unit, ...]:
    """Return the units of the same dimension, the small ones first."""
    return tuple(each for each in UNITS.values() if each.dimension == unit.dimension)


def convert(value: float, source: Unit, target: Unit) -> float:
    """Convert a value into another unit of its dimension."""
    return value * source.per / target.per


def parse_number(text: str) -> float:
    """Read a number without a unit. Raises BadQuantity."""
    return parse_quantity(text, UNITS[""])


def split_quantity(text: str, unit: Unit, *, typed: bool = False) -> tuple[str, Unit]:
    """Split "12", "12 s" or "12s" into plain digits and a unit, `unit` when none is written.

    `typed` says that a person wrote it and not a program (core.specs.numerals). Raises BadQuantity.
    """
    try:
        number, written = split_number(text, typed=typed)
    except BadNumber as error:
        raise BadQuantity(str(error)) from error
    source = find_unit(written) if written else unit
    if source is None or source.dimension != unit.dimension:
        known = ", ".join(each.name for each in siblings(unit) if each.name)
        raise BadQuantity(
            f"the unit may be one of {known}"
            if known
            else "this is only counted, so it has no unit"
        )
    return number, source


def parse_quantity(text: str, unit: Unit, *, typed: bool = False) -> float:
    """Read "12", "12 s" or "12s" as a value in `unit`. Raises BadQuantity."""
    number, source = split_quantity(text, unit, typed=typed)
    return convert(float(number), source, unit)


def format_quantity(value: float, unit: Unit) -> str:
    """Write a value in `unit` with its unit.

    It gets three significant digits where there are fewer than that before the point.
    """
    number = (
        f"{value:,.0f}".replace(",", "\N{NARROW NO-BREAK SPACE}")
        if abs(value) >= 100
        else f"{value:.3g}"
    )
    return f"{number}\N{NO-BREAK SPACE}{unit.name}" if unit.name else number
