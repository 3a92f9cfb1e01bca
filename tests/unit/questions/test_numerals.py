"""Numbers as people write them."""

import pytest

from core.specs.numerals import BadNumber, split_number
from core.units import UNITS, BadQuantity, format_quantity, parse_quantity, split_quantity

SPACES = ("\N{SPACE}", "\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}", "\N{THIN SPACE}")
MINUS_SIGNS = ("-", "\N{MINUS SIGN}", "\N{EN DASH}", "\N{NON-BREAKING HYPHEN}")


@pytest.mark.parametrize("space", SPACES)
def test_a_space_may_stand_between_thousands(space: str) -> None:
    assert split_number(f"16{space}000", typed=True) == ("16000", "")
    assert split_number(f"1{space}234{space}567,5{space}MiB", typed=True) == ("1234567.5", "MiB")


@pytest.mark.parametrize("minus", MINUS_SIGNS)
def test_a_minus_sign_may_be_typed_or_copied(minus: str) -> None:
    assert split_number(f"{minus}5", typed=True) == ("-5", "")
    assert split_number(f"{minus} 5.25", typed=True) == ("-5.25", "")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("16'000", "16000"),
        ("16\N{RIGHT SINGLE QUOTATION MARK}000.5", "16000.5"),
        ("16_000", "16000"),
        ("1,234,567", "1234567"),
        ("1.234.567", "1234567"),
        ("1,234.50", "1234.50"),
        ("1.234,50", "1234.50"),
        ("1,00,000", "100000"),
        ("1234,567", "1234.567"),
        ("0,125", "0.125"),
        (".5", "0.5"),
        (",5", "0.5"),
        ("5.", "5"),
        ("+3", "3"),
        ("1.6 × 10^4", "1.6e4"),
        ("1,6·10⁻⁴", "1.6e-4"),
        ("1.074 0", None),
        ("1 2", None),
        ("1 6000", None),
        ("12,34,56", None),
        ("1.2.3", None),
        ("1,234,56", None),
        ("\N{MINUS SIGN}", None),
    ],
)
def test_a_number_is_read_or_asked_for_again(text: str, number: str | None) -> None:
    if number:
        assert split_number(text, typed=True) == (number, "")
    else:
        with pytest.raises(BadNumber, match="not a number"):
            split_number(text, typed=True)


@pytest.mark.parametrize("text", ["16,000", "16.000", "\N{MINUS SIGN}1,234", "1.234 MiB"])
def test_what_can_be_two_numbers_is_asked_again(text: str) -> None:
    with pytest.raises(BadNumber, match=r"can be read as .* or as .* and a fraction; write \d+"):
        split_number(text, typed=True)


def test_both_ways_out_of_an_ambiguity_are_read() -> None:
    with pytest.raises(BadNumber) as asked:
        split_number("16,000", typed=True)
    assert "write 16000, or 16.0000" in str(asked.value)
    assert [split_number(way, typed=True)[0] for way in ("16000", "16.0000")] == [
        "16000",
        "16.0000",
    ]


def test_a_program_writes_a_point_before_decimals() -> None:
    assert parse_quantity("12.345 MiB", UNITS["MiB"]) == 12.345
    with pytest.raises(BadQuantity, match="can be read as"):
        parse_quantity("12,345 MiB", UNITS["MiB"])


@pytest.mark.parametrize("value", [5.0, 16000.0, -1234567.0])
def test_what_the_platform_prints_is_read(value: float) -> None:
    printed = format_quantity(value, UNITS["MiB"])
    number, unit = split_quantity(printed, UNITS["MiB"], typed=True)
    assert (float(number), unit.name) == (value, "MiB")
