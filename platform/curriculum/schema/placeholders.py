"""Fill in the values of parameters where `{{ name }}` stands for them.

That may be in every text that an exercise's spec has, its task, hints, checks and scripts, but not
in its title, which stands in lists as well. Whoever means the braces themselves doubles them:
`{{{{ name }}}}` becomes `{{ name }}`.
"""

import re
from collections.abc import Callable, Iterator
from html import escape
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from core.specs.fields import ESCAPED, PLACEHOLDER, is_regex
from curriculum.schema.error_messages import located_messages
from curriculum.schema.locations import Location
from curriculum.schema.parameters import Values
from curriculum.schema.specs import TEST_FIELDS, ExerciseSpec

SpecT = TypeVar("SpecT", bound=BaseModel)
# Gets a text's location, the text, and whether it is a regular expression.
Change = Callable[[Location, str, bool], str]

# Stands for a placeholder while Markdown is rendered: letters and digits, which stay together.
SHIELD = re.compile(r"drydock0value0(?P<hex>(?:[0-9a-f]{2})+)z")
# The one text that can't hold a parameter.
FIXED_FIELD = "title"


class TextFault(NamedTuple):
    """Describe a fault in a text; `line` counts from 0 within it."""

    location: Location
    line: int
    message: str


def fill(text: str, values: Values) -> str:
    """Return a text with its values, and doubled braces as single ones; other braces stay."""
    filled = PLACEHOLDER.sub(lambda match: values.get(match["name"], match[0]), text)
    return ESCAPED.sub(lambda match: match["braces"], filled)


def fill_regex(text: str, values: Values) -> str:
    """Return a regular expression with values that stand for themselves."""
    return fill(text, {name: re.escape(value) for name, value in values.items()})


def fill_html(html: str, values: Values) -> str:
    """Return HTML (of unshield) with its values, in text and in attributes alike."""
    return fill(html, {name: escape(value) for name, value in values.items()})


def fill_spec(spec: SpecT, values: Values) -> SpecT:
    """Return a spec with its values, held against its model again.

    Raises pydantic's ValidationError.
    """

    def change(_location: Location, text: str, regex: bool) -> str:
        return fill_regex(text, values) if regex else fill(text, values)

    if not values and not has_escapes(spec):
        return spec
    return type(spec).model_validate(change_texts(spec, change))


def has_escapes(spec: BaseModel) -> bool:
    """Whether a text of a spec has doubled braces."""
    return "{{{{" in spec.model_dump_json()


def shield(markdown: str) -> str:
    """Return Markdown whose placeholders, doubled braces too, survive rendering."""

    def hide(match: re.Match[str]) -> str:
        return f"drydock0value0{match[0].encode().hex()}z"

    return PLACEHOLDER.sub(hide, ESCAPED.sub(hide, markdown))


def unshield(html: str) -> str:
    """Return HTML with the placeholders that shield() has hidden."""
    return SHIELD.sub(lambda match: bytes.fromhex(match["hex"]).decode(), html)


def parameter_faults(spec: ExerciseSpec) -> list[TextFault]:
    """Find the faults of an exercise's parameters.

    They are placeholders that stand for nothing, parameters that are not used, and values that a
    check can't take.
    """
    names = {parameter.name for parameter in spec.parameters}
    used: set[str] = set()
    faults: list[TextFault] = []
    for location, line, name in placeholders_in(spec):
        if name not in names:
            known = ", ".join(sorted(names)) or "none"
            message = (
                f"there is no parameter {name}; known are {known}. "
                f"For the braces themselves write {{{{{{{{ {name} }}}}}}}}"
            )
            faults.append(TextFault(location, line, message))
        if location[0] == FIXED_FIELD:
            faults.append(TextFault(location, 0, "can't hold a parameter"))
        if location[0] not in TEST_FIELDS:
            used.add(name)
    for index, parameter in enumerate(spec.parameters):
        if parameter.name not in used:
            location = ("parameters", index, "name")
            faults.append(TextFault(location, 0, f"{parameter.name} is used nowhere"))
    return faults or list(faults_of_values(spec))


def placeholders_in(spec: ExerciseSpec) -> list[tuple[Location, int, str]]:
    """Return location, line and name of each placeholder."""
    placeholders: list[tuple[Location, int, str]] = []

    def collect(location: Location, text: str, _regex: bool) -> str:
        for match in PLACEHOLDER.finditer(text):
            line = text.count("\n", 0, match.start())
            placeholders.append((location, line, match["name"]))
        return text

    change_texts(spec, collect)
    return placeholders


def faults_of_values(spec: ExerciseSpec) -> Iterator[TextFault]:
    """Yield the faults that the spec has with a value that a parameter may get."""
    first = {parameter.name: parameter.samples()[0] for parameter in spec.parameters}
    for parameter in spec.parameters:
        for value in parameter.samples():
            try:
                fill_spec(spec, {**first, parameter.name: value})
            except ValidationError as error:
                for location, message in located_messages(error, spec.model_dump(mode="json")):
                    sentence = f"with {value} for {parameter.name}, it {message}"
                    yield TextFault(location, 0, sentence)


def change_texts(value: Any, change: Change, location: Location = (), regex: bool = False) -> Any:
    """Return a spec's data with each of its texts changed; parameters stay as they are."""
    if isinstance(value, BaseModel):
        return {
            name: getattr(value, name)
            if name == "parameters"
            else as_number(
                field,
                change_texts(getattr(value, name), change, (*location, name), is_regex(field)),
            )
            for name, field in type(value).model_fields.items()
        }
    if isinstance(value, tuple):
        return tuple(
            change_texts(item, change, (*location, index), regex)
            for index, item in enumerate(value)
        )
    return change(location, value, regex) if isinstance(value, str) else value


def as_number(field: FieldInfo, value: Any) -> Any:
    """Return a number where a placeholder has become one."""
    is_text = field.annotation is int and isinstance(value, str)
    return int(value) if is_text and re.fullmatch(r"-?[0-9]{1,9}", value) else value
