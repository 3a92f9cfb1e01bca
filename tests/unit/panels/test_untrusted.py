"""What a machine says is cut, cleaned and of the type that was expected."""

import json

import pytest

from panels.untrusted import NUMBER_MAX, describe_some, items, number, record, text, whole

NO_TEXTS = (None, 1, True, ["a"], {"a": 1}, 1.5)


@pytest.mark.parametrize("value", NO_TEXTS)
def test_what_is_no_text_is_none(value: object) -> None:
    assert text(value) == ""


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("web", "web"),
        ("<b>web</b>", "<b>web</b>"),
        ("\x1b[31mred", "␛[31mred"),
        ("a\nb\x00\x7f\x9b", "a␊b␀\ufffd\ufffd"),
        ("\u202egnp.exe", "\ufffdgnp.exe"),
        ("\ud83d", "\ufffd"),
        ("n" * 300, "n" * 200),
    ],
)
def test_texts_are_harmless(value: str, shown: str) -> None:
    assert text(value) == shown
    assert text(value).encode().decode() == shown


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (3, 3),
        (2.5, 2.5),
        (-1, 0),
        (True, 0),
        ("3", 0),
        (None, 0),
        (float("nan"), 0),
        (float("inf"), NUMBER_MAX),
        (10**400, NUMBER_MAX),
    ],
)
def test_numbers_are_ones_that_a_browser_reads(value: object, read: float) -> None:
    assert number(value) == read
    assert json.loads(json.dumps(number(value), allow_nan=False)) == read
    assert whole(value) == int(read)


def test_other_types_are_empty() -> None:
    assert (items({"a": 1}), items("abc"), items([1, 2, 3], 2)) == ([], [], [1, 2])
    assert (record([1]), record("a"), record({"a": 1})) == ({}, {}, {"a": 1})


def test_as_many_are_described_as_fit() -> None:
    rows = [{"n": number} for number in range(100)]
    described = describe_some(
        ["no", *rows, None], lambda row: {"name": row["n"]}, chars=len('{"name": 0}') * 10
    )
    assert described == [{"name": number} for number in range(10)]
