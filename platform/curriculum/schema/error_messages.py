"""Say pydantic's errors as authors of lessons read them, and where in a file they belong."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from checks.registry import CHECK_KINDS
from core.specs.error_messages import error_message
from core.specs.kinds import KindRegistry
from curriculum.schema.locations import Location
from questions.registry import QUESTION_KINDS

SpecT = TypeVar("SpecT", bound=BaseModel)
# By the field that holds a list of them.
KINDS: dict[str, KindRegistry[Any]] = {"checks": CHECK_KINDS, "questions": QUESTION_KINDS}


def check_spec(
    model: type[SpecT], data: dict[str, Any]
) -> tuple[SpecT | None, list[tuple[Location, str]]]:
    """Make a model of data; with faults it is None, and each has its place and its message.

    Forms, lesson files and previews all come through here, so that they say the same.
    """
    unprintable = [(place, "holds a NUL character") for place in nul_places(data)]
    try:
        spec = model.model_validate(data)
    except ValidationError as error:
        faults = located_messages(error, data)
        places = {place for place, _message in faults}
        return None, faults + [fault for fault in unprintable if fault[0] not in places]
    return None if unprintable else spec, unprintable


def nul_places(value: Any, location: Location = ()) -> Iterator[Location]:
    """Yield the places of texts with a zero byte, which no database and no file may hold."""
    if isinstance(value, str) and "\0" in value:
        yield location
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from nul_places(inner, (*location, str(name)))
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from nul_places(inner, (*location, index))


def located_messages(error: ValidationError, data: dict[str, Any]) -> list[tuple[Location, str]]:
    """Return, for each fault that pydantic found in `data`, where it is and what is wrong."""
    details = error.errors()
    return [
        (error_location(detail, data), error_message(detail, expected_kinds(detail)))
        for detail in details
        if not follows_from_others(detail, details)
    ]


def expected_kinds(detail: ErrorDetails) -> str:
    """Return the kinds that the list with the fault may have, "" for any other place."""
    kinds = KINDS.get(str(detail["loc"][0])) if detail["loc"] else None
    return kinds.names() if kinds else ""


def follows_from_others(detail: ErrorDetails, details: list[ErrorDetails]) -> bool:
    """Whether a list is too short because pydantic does not count its items with faults."""
    location = detail["loc"]
    inner = (other["loc"] for other in details if len(other["loc"]) > len(location))
    is_around = any(other[: len(location)] == location for other in inner)
    return detail["type"] == "too_short" and is_around


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
