"""Numbers with units."""

import math

import pytest

from core.units import (
    BASES,
    UNITS,
    BadQuantity,
    convert,
    find_unit,
    format_quantity,
    parse_number,
    parse_quantity,
    siblings,
)


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("12", "s", 12),
        (" 2.5\n", "s", 2.5),
        ("2,5 s", "s", 2.5),
        ("240ms", "s", 0.24),
        ("240 us", "ms", 0.24),
        ("1.5 min", "s", 90),
        ("3 seconds", "s", 3),
        ("1 GiB", "MiB", 1024),
        ("35Mi", "MiB", 35),
        ("1 MB", "B", 1e6),
        ("2\N{NO-BREAK SPACE}kB", "B", 2000),
        ("1e3", "B", 1000),
        ("-4", "", -4),
        ("1,2345", "", 1.2345),
        ("0,123", "s", 0.123),
        ("50 percent", "%", 50),
    ],
)
def test_value_in_the_unit(text: str, unit: str, value: float) -> None:
    assert math.isclose(parse_quantity(text, UNITS[unit]), value)


@pytest.mark.parametrize(
    ("text", "unit", "why"),
    [
        ("", "s", "not a number"),
        ("about 3", "s", "not a number"),
        ("nan", "s", "not a number"),
        ("1 2", "s", "not a number"),
        ("٣", "s", "not a number"),
        ("9" * 200, "s", "not a number"),
        ("1,234", "B", "can be read as 1\N{NARROW NO-BREAK SPACE}234 or as 1 and a fraction"),
        ("5 parsecs", "s", "ns, µs, ms, s, min, h, d"),
        ("5 B", "s", "the unit may be one of"),
        ("5 M", "MiB", "the unit may be one of"),
        ("5 s", "", "only counted"),
    ],
)
def test_what_is_no_such_number_says_why(text: str, unit: str, why: str) -> None:
    with pytest.raises(BadQuantity, match=why):
        parse_quantity(text, UNITS[unit])


def test_bare_number_takes_no_unit() -> None:
    assert parse_number("3.5") == 3.5
    with pytest.raises(BadQuantity):
        parse_number("3.5 s")


def test_every_dimension_has_a_base_of_size_one() -> None:
    assert {unit.dimension for unit in UNITS.values()} == set(BASES)
    for dimension, base in BASES.items():
        assert (UNITS[base].dimension, UNITS[base].per) == (dimension, 1)


def test_units_are_found_by_their_other_names() -> None:
    assert find_unit("sec") is UNITS["s"]
    assert find_unit("furlong") is None
    assert UNITS["h"] in siblings(UNITS["s"])
    assert convert(2, UNITS["h"], UNITS["min"]) == 120


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (2.0, "s", "2\N{NO-BREAK SPACE}s"),
        (0.012345, "s", "0.0123\N{NO-BREAK SPACE}s"),
        (12345.6, "B", "12\N{NARROW NO-BREAK SPACE}346\N{NO-BREAK SPACE}B"),
        (17, "", "17"),
    ],
)
def test_shown_with_three_digits(value: float, unit: str, shown: str) -> None:
    assert format_quantity(value, UNITS[unit]) == shown
