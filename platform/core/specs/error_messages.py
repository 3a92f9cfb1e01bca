"""Say pydantic's errors in the product's words, as the end of a sentence that begins with a field.

A pattern's message stands beside the pattern, wherever that is: `shape(pattern, message)`.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, get_args

from pydantic_core import ErrorDetails
from pydantic_core.core_schema import ErrorType

DATE_MESSAGE = "must be a date and a time with its zone, as in 2027-01-31T23:59:00+01:00"
TABLE_MESSAGE = "must be a table of fields"
LIST_MESSAGE = "must be a list"
TEXT_MESSAGE = "must be a text"
WHOLE_MESSAGE = "must be a whole number"
NUMBER_MESSAGE = "must be a number"
FLAG_MESSAGE = "must be true or false"
# What is said where nothing better is known.
FALLBACK = "has a value that can't stand here"
MESSAGES = {
    "missing": "is missing",
    "extra_forbidden": "is not a field that belongs here",
    "union_tag_not_found": "needs a kind: {expected}",
    "union_tag_invalid": "has an unknown kind{named}; known are {expected_tags}",
    "string_too_short": "is empty",
    "string_too_long": "is longer than {max_length} characters",
    "string_type": TEXT_MESSAGE,
    "string_sub_type": TEXT_MESSAGE,
    "string_unicode": "must be UTF-8 text",
    "string_not_ascii": "must be written with ASCII characters",
    "too_short": "needs at least {min_length}",
    "too_long": "has more than {max_length}",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "greater_than": "must be more than {gt}",
    "less_than": "must be less than {lt}",
    "multiple_of": "must be a multiple of {multiple_of}",
    "literal_error": "must be {expected}",
    "enum": "must be {expected}",
    "none_required": "must be empty",
    "int_type": WHOLE_MESSAGE,
    "int_parsing": WHOLE_MESSAGE,
    "int_from_float": WHOLE_MESSAGE,
    "int_parsing_size": "is a number with too many digits",
    "float_type": NUMBER_MESSAGE,
    "float_parsing": NUMBER_MESSAGE,
    "finite_number": NUMBER_MESSAGE,
    "bool_type": FLAG_MESSAGE,
    "bool_parsing": FLAG_MESSAGE,
    "timezone_aware": "must say its zone, as in 2027-01-31T23:59:00+01:00",
    "datetime_type": DATE_MESSAGE,
    "datetime_parsing": DATE_MESSAGE,
    "datetime_object_invalid": DATE_MESSAGE,
    "datetime_from_date_parsing": DATE_MESSAGE,
    "list_type": LIST_MESSAGE,
    "tuple_type": LIST_MESSAGE,
    "iterable_type": LIST_MESSAGE,
    "dict_type": TABLE_MESSAGE,
    "mapping_type": TABLE_MESSAGE,
    "model_type": TABLE_MESSAGE,
    "model_attributes_type": TABLE_MESSAGE,
    "dataclass_type": TABLE_MESSAGE,
    "invalid_key": "must use text for the names of its fields",
    "uuid_type": "must be a UUID",
    "uuid_parsing": "must be a UUID",
    "json_invalid": "must be JSON",
    "json_type": "must be JSON",
}
PYDANTICS_OWN = frozenset(get_args(ErrorType))
SHAPES: dict[str, str] = {}


def shape(pattern: str, message: str) -> str:
    """Return a pattern for StringConstraints, and remember what is said of texts without it."""
    SHAPES[pattern] = message
    return pattern


def error_message(detail: ErrorDetails | Mapping[str, Any], expected: str = "") -> str:
    """Return what is wrong; `expected` are the kinds of a union, for who names none."""
    context: dict[str, Any] = {"expected": expected, **detail.get("ctx", {})}
    # Only a word is worth repeating.
    tag = str(context.get("tag", ""))
    context["named"] = f" {tag}" if re.fullmatch(r"[\w-]{1,30}", tag) else ""
    if detail["type"] == "string_pattern_mismatch":
        is_empty = detail.get("input") == ""
        return (
            MESSAGES["string_too_short"] if is_empty else SHAPES.get(context["pattern"], FALLBACK)
        )
    if detail["type"] == "string_too_short" and context["min_length"] > 1:
        return f"is shorter than {context['min_length']} characters"
    if template := MESSAGES.get(detail["type"]):
        return template.format(**context)
    return FALLBACK if detail["type"] in PYDANTICS_OWN else str(detail["msg"])


def union_message(details: Iterable[ErrorDetails | Mapping[str, Any]]) -> str:
    """Return what is wrong with a value that is none of several types, one error for each."""
    messages = list(dict.fromkeys(map(error_message, details)))
    particular = [message for message in messages if not message.startswith("must be ")]
    if particular:
        return particular[0]
    *others, last = (message.removeprefix("must be ") for message in messages)
    return f"must be {', '.join(others)} or {last}" if others else f"must be {last}"
