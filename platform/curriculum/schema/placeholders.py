"""`{{ name }}` in an exercise stands for the value of a parameter: in its task, hints, checks and scripts, in every
text that its spec has, but not in its title, which stands in lists as well.
"""

import re
from collections.abc import Callable, Iterator
from html import escape
from typing import Any, NamedTuple, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from core.specs.fields import IS_REGEX, PLACEHOLDER
from curriculum.schema.error_messages import faults as faults_of
from curriculum.schema.locations import Location
from curriculum.schema.parameters import ParameterSpec, Values
from curriculum.schema.specs import TEST_FIELDS, ExerciseSpec

SpecT = TypeVar("SpecT", bound=BaseModel)
# Gets a text's place, the text, and whether it is a regular expression.
Change = Callable[[Location, str, bool], str]

# Stands for a placeholder while Markdown is rendered: one word of letters and digits, which nothing takes apart.
_SHIELD = re.compile(r"drydock0value0(?P<hex>(?:[0-9a-f]{2})+)z")
# Only these texts are no place for a parameter.
_NO_PLACE = "title"


class PlaceFault(NamedTuple):
    """What is wrong in a text; `line` counts from 0 within it."""

    place: Location
    line: int
    message: str


def fill(text: str, values: Values) -> str:
    """The text with its values. Placeholders of anything else stay."""
    return PLACEHOLDER.sub(lambda match: values.get(match["name"], match[0]), text)


def fill_regex(text: str, values: Values) -> str:
    """A regular expression with values that stand for themselves."""
    return fill(text, {name: re.escape(value) for name, value in values.items()})


def fill_html(html: str, values: Values) -> str:
    """HTML (of unshield) with its values, in text and in attributes alike."""
    return fill(html, {name: escape(value) for name, value in values.items()})


def fill_spec(spec: SpecT, values: Values) -> SpecT:
    """The spec with its values, valid once more. Raises pydantic's ValidationError."""

    def change(_place: Location, text: str, regex: bool) -> str:
        return fill_regex(text, values) if regex else fill(text, values)

    return type(spec).model_validate(_changed(spec, change)) if values else spec


def shield(markdown: str) -> str:
    """Markdown whose placeholders come through rendering and highlighting in one piece."""
    return PLACEHOLDER.sub(lambda match: f"drydock0value0{match['name'].encode().hex()}z", markdown)


def unshield(html: str) -> str:
    """What shield() has hidden."""
    return _SHIELD.sub(lambda match: f"{{{{ {bytes.fromhex(match['hex']).decode()} }}}}", html)


def parameter_faults(spec: ExerciseSpec) -> list[PlaceFault]:
    """Placeholders that stand for nothing, parameters that are not used, values that a check can't take."""
    known = {parameter.name for parameter in spec.parameters}
    found = list(_placeholders(spec))
    faults = [PlaceFault(place, line, _unknown(name, known)) for place, line, name in found if name not in known]
    faults += [PlaceFault(place, 0, "can't hold a parameter") for place, _, _ in found if place[0] == _NO_PLACE]
    used = {name for place, _, name in found if place[0] not in TEST_FIELDS}
    for index, parameter in enumerate(spec.parameters):
        if parameter.name not in used:
            faults.append(PlaceFault(("parameters", index, "name"), 0, f"{parameter.name} is used nowhere"))
    return faults or list(_unfit(spec))


def _unknown(name: str, known: set[str]) -> str:
    return f"there is no parameter {name}; known are {', '.join(sorted(known)) or 'none'}"


def _placeholders(spec: ExerciseSpec) -> Iterator[tuple[Location, int, str]]:
    """Place, line and name of each."""
    found: list[tuple[Location, int, str]] = []

    def look(place: Location, text: str, _regex: bool) -> str:
        for match in PLACEHOLDER.finditer(text):
            found.append((place, text.count("\n", 0, match.start()), match["name"]))
        return text

    _changed(spec, look)
    yield from found


def _unfit(spec: ExerciseSpec) -> Iterator[PlaceFault]:
    """Faults that the spec has with one of the values that a parameter may get."""
    first = {parameter.name: parameter.samples()[0] for parameter in spec.parameters}
    for parameter in spec.parameters:
        for value in parameter.samples():
            yield from _unfit_with(spec, parameter, {**first, parameter.name: value})


def _unfit_with(spec: ExerciseSpec, parameter: ParameterSpec, values: Values) -> Iterator[PlaceFault]:
    try:
        fill_spec(spec, values)
    except ValidationError as error:
        for place, message in faults_of(error, spec.model_dump(mode="json")):
            yield PlaceFault(place, 0, f"with {values[parameter.name]} for {parameter.name}, it {message}")


def _changed(value: Any, change: Change, place: Location = (), regex: bool = False) -> Any:
    """The data of a spec, each of its texts changed. Parameters themselves stay as they are."""
    if isinstance(value, BaseModel):
        return {
            name: getattr(value, name)
            if name == "parameters"
            else _as(field, _changed(getattr(value, name), change, (*place, name), _is_regex(field)))
            for name, field in type(value).model_fields.items()
        }
    if isinstance(value, tuple):
        return tuple(_changed(item, change, (*place, index), regex) for index, item in enumerate(value))
    return change(place, value, regex) if isinstance(value, str) else value


def _as(field: FieldInfo, value: Any) -> Any:
    """A number where a placeholder has become one."""
    is_number = field.annotation is int and isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,9}", value)
    return int(value) if is_number else value


def _is_regex(field: FieldInfo) -> bool:
    parts = get_args(field.annotation)
    return IS_REGEX in field.metadata or any(IS_REGEX in getattr(part, "__metadata__", ()) for part in parts)
