"""Say pydantic's errors as authors of lessons read them, and where in a file they belong."""

from itertools import pairwise
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from checks.registry import CHECK_KINDS
from core.specs.kinds import KindRegistry
from curriculum.schema.locations import Location
from curriculum.schema.parameters import VALUE_PATTERN
from questions.registry import QUESTION_KINDS

PATTERN_MESSAGES = {
    r"^[a-z0-9]+(-[a-z0-9]+)*$": (
        "must be small letters and digits, with single hyphens between them"
    ),
    r"^[a-z0-9]+(-[a-z0-9]+)*(/[a-z0-9]+(-[a-z0-9]+)*)?$": (
        "must be a lesson of this course, or course/lesson"
    ),
    r"^[a-z]([a-z0-9-]*[a-z0-9])?$": (
        "must begin with a small letter and go on with small letters, digits and hyphens"
    ),
    r"^[a-z0-9][a-z0-9._:/-]*(:[A-Za-z0-9_][A-Za-z0-9._-]*)?$": (
        "must be an image's name, such as python:3.11"
    ),
    r"^[a-z][a-z0-9_]*$": (
        "must begin with a small letter and go on with small letters, digits and underscores"
    ),
    VALUE_PATTERN: (
        "may have letters, digits, spaces and ._:/@+=,%- between a first and a last letter or digit"
    ),
    r"^[^\s/\x00]+$": "must be a program's name, without its folder and without spaces",
}
MESSAGES = {
    "missing": "is missing",
    "extra_forbidden": "is not a field that belongs here",
    "union_tag_not_found": "needs a kind: {expected}",
    "union_tag_invalid": "has an unknown kind {tag}; known are {expected_tags}",
    "string_too_short": "is empty",
    "string_too_long": "is longer than {max_length} characters",
    "too_short": "needs at least {min_length}",
    "too_long": "has more than {max_length}",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "greater_than": "must be more than {gt}",
    "literal_error": "must be {expected}",
    "string_type": "must be a text",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "timezone_aware": "must say its zone, as in 2027-01-31T23:59:00+01:00",
    "datetime_type": "must be a date and a time with its zone",
    "datetime_parsing": "must be a date and a time with its zone, as in 2027-01-31T23:59:00+01:00",
    "datetime_from_date_parsing": (
        "must be a date and a time with its zone, as in 2027-01-31T23:59:00+01:00"
    ),
    "tuple_type": "must be a list",
    "model_type": "must be a table of fields",
    "model_attributes_type": "must be a table of fields",
}
# By the field that holds a list of them.
KINDS: dict[str, KindRegistry[Any]] = {"checks": CHECK_KINDS, "questions": QUESTION_KINDS}


def located_messages(error: ValidationError, data: dict[str, Any]) -> list[tuple[Location, str]]:
    """Return, for each fault that pydantic found in `data`, where it is and what is wrong."""
    details = error.errors()
    return [
        (error_location(detail, data), error_message(detail))
        for detail in details
        if not follows_from_others(detail, details)
    ]


def follows_from_others(detail: ErrorDetails, details: list[ErrorDetails]) -> bool:
    """Whether a list is too short because pydantic does not count its items with faults."""
    location = detail["loc"]
    inner = (other["loc"] for other in details if len(other["loc"]) > len(location))
    is_around = any(other[: len(location)] == location for other in inner)
    return detail["type"] == "too_short" and is_around


def error_message(detail: ErrorDetails) -> str:
    """Return what is wrong, as the end of a sentence that begins with the field's name."""
    kinds = KINDS.get(str(detail["loc"][0])) if detail["loc"] else None
    expected = kinds.names() if kinds else ""
    context: dict[str, Any] = {"expected": expected, **detail.get("ctx", {})}
    if detail["type"] == "string_pattern_mismatch":
        return PATTERN_MESSAGES.get(context["pattern"], detail["msg"])
    template = MESSAGES.get(detail["type"])
    return template.format(**context) if template else detail["msg"].removeprefix("Input ")


def error_location(detail: ErrorDetails, data: dict[str, Any]) -> Location:
    """Return pydantic's `loc` without unions' tags, and with the `at` that a validator added."""
    location: list[int | str] = []
    value: Any = data
    for before, part in pairwise((0, *detail["loc"])):
        # A union's tag comes first, or after a row's number; a field may have the same name.
        if isinstance(before, int) and isinstance(value, dict) and value.get("kind") == part:
            continue
        location.append(part)
        if isinstance(value, dict):
            value = value.get(part)
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            value = value[part]
        else:
            value = None
    if detail["type"] == "union_tag_invalid":
        location.append("kind")
    return (*location, *detail.get("ctx", {}).get("at", ()))
