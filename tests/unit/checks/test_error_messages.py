"""Say what pydantic finds in the product's words."""

from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field, StringConstraints, ValidationError

from core.specs.error_messages import FALLBACK, SHAPES, error_message, shape, union_message


class Plain(BaseModel):
    """Hold a field of several types."""

    word: Annotated[str, StringConstraints(pattern=r"^known$")] = "known"
    other: Annotated[str, StringConstraints(pattern=r"^unknown$")] = "unknown"
    long: Annotated[str, StringConstraints(min_length=3)] = "abc"
    kind: Literal["a", "b"] = "a"
    count: Annotated[int, Field(ge=1)] = 1
    mixed: float | Annotated[str, StringConstraints(max_length=3)] = 1.0
    when: bytes = b""


@pytest.fixture(autouse=True)
def known_shape(monkeypatch):
    monkeypatch.setitem(SHAPES, r"^known$", "must be known")


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("word", "x", "must be known"),
        ("word", "", "is empty"),
        ("other", "x", FALLBACK),
        ("long", "ab", "is shorter than 3 characters"),
        ("kind", "c", "must be 'a' or 'b'"),
        ("count", 0, "must be at least 1"),
        ("count", "many", "must be a whole number"),
        ("when", 1, FALLBACK),
    ],
)
def test_a_fault_is_told_in_plain_words(field, value, message):
    with pytest.raises(ValidationError) as caught:
        Plain.model_validate({field: value})
    assert error_message(caught.value.errors()[0]) == message


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([], "must be a number or a text"),
        ("long text", "is longer than 3 characters"),
    ],
)
def test_what_is_none_of_several_types_is_one_fault(value, message):
    with pytest.raises(ValidationError) as caught:
        Plain.model_validate({"mixed": value})
    assert union_message(caught.value.errors()) == message


def test_one_type_alone_is_told_alone():
    assert union_message([{"type": "string_type", "msg": "x"}]) == "must be a text"


def test_our_own_messages_stay():
    assert error_message({"type": "twice", "msg": "is there twice"}) == "is there twice"


def test_a_pattern_is_what_it_was():
    assert shape("^x$", "must be x") == "^x$"
    assert SHAPES.pop("^x$") == "must be x"
