"""Forms of the curriculum's models, whatever their fields. A form is read from a request, held against its model, and
shown again with each fault at the field that it names.

Fields are named by their place: `checks-1-path`. Rows are numbered as the page likes; their order is the order in which
they come.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from django.utils.datastructures import MultiValueDict
from pydantic import BaseModel, ValidationError

from curriculum.admin.form_parts import Group, Leaf, Part, Rows
from curriculum.schema.error_messages import faults
from curriculum.schema.locations import Location, field_name

SpecT = TypeVar("SpecT", bound=BaseModel)
Posted = MultiValueDict[str, str]
MISSING: Any = object()
# Stands for the number of a row that the page adds, by how deep it lies.
BLANK = "__row{}__"
_DECIMAL = re.compile(r"[+-]?\d{1,18}(\.\d{1,18})?([eE][+-]?\d{1,2})?", re.ASCII)


def read_form(part: Group, posted: Posted, *, prefix: str = "") -> dict[str, Any]:
    """What was typed, shaped as the model. What is empty is left out, so that it gets its default or is missed."""
    return _read_group(part, posted, prefix)


def _read(part: Part, posted: Posted, name: str) -> Any:
    if isinstance(part, Rows):
        values = [_read(part.item, posted, f"{name}-{row}") for row in _rows(posted, name)]
        return [value for value in values if value is not MISSING]
    return _read_group(part, posted, name) if isinstance(part, Group) else _read_leaf(part, posted, name)


def _read_group(part: Group, posted: Posted, prefix: str) -> dict[str, Any]:
    kind = posted.get(_join(prefix, "kind"), "") if part.kinds else ""
    wanted = [child for child in part.parts if not part.kinds or kind in part.of.get(child.name, (kind,))]
    values = {child.name: _read(child, posted, _join(prefix, child.name)) for child in wanted}
    return {name: value for name, value in values.items() if value is not MISSING}


def _read_leaf(part: Leaf, posted: Posted, name: str) -> Any:
    if part.widget == "flag":
        return name in posted
    text = posted.get(name, "").replace("\r\n", "\n")
    if part.widget == "number" and re.fullmatch(r"\s*-?\d{1,9}\s*", text):
        return int(text)
    if part.widget == "decimal" and _DECIMAL.fullmatch(text.strip()):
        return float(text)
    if text.strip() or (part.required and part.widget in ("text", "lines") and part.name):
        return text
    return MISSING


def _join(prefix: str, name: str) -> str:
    return f"{prefix}-{name}" if prefix else name


def _rows(posted: Posted, name: str) -> list[str]:
    """The rows' numbers, as the page has them, in the order in which they were sent."""
    pattern = re.compile(rf"{re.escape(name)}-(\d{{1,6}})(-|$)")
    return list(dict.fromkeys(match[1] for key in posted if (match := pattern.match(key))))[:100]


@dataclass
class Field:
    """A part with its value, as the template shows it. `children` are a group's parts or a list's rows, `blank` is the
    row that the page adds."""

    part: Part
    name: str
    key: str
    value: Any = ""
    errors: list[str] = field(default_factory=list)
    children: list["Field"] = field(default_factory=list)
    blank: "Field | None" = None
    kinds: tuple[str, ...] = ()
    shown: bool = True

    @property
    def shape(self) -> str:
        """leaf, group or rows."""
        return type(self.part).__name__.lower()

    @property
    def label(self) -> str:
        """The field's name, in words."""
        return self.part.name.replace("_", " ").capitalize()

    @property
    def options(self) -> list[tuple[str, str]]:
        """A choice's values, the one that it has among them, and what each is called."""
        if not isinstance(self.part, Leaf):
            return []
        values = dict.fromkeys((*self.part.choices, *([self.value] if self.value else ())))
        return [(value, self.part.titles.get(value, value)) for value in values]

    @property
    def id(self) -> str:
        """For the label, and for what describes it."""
        return f"id_{self.name}"


@dataclass
class SpecForm(Generic[SpecT]):
    """A model's form: `data` is what it shows, `errors` are messages by field name, as in `checks[1].path`."""

    model: type[SpecT]
    part: Group
    data: Mapping[str, Any] = field(default_factory=dict)
    errors: dict[str, list[str]] = field(default_factory=dict)

    def validate(self, given: Mapping[str, Any]) -> SpecT | None:
        """The model made of what the form and somebody else give; None with `errors` when that is not possible."""
        data = {**self.data, **given}
        try:
            return self.model.model_validate(data)
        except ValidationError as error:
            for place, message in faults(error, data):
                self.add_error(field_name(place), message)
            return None

    def add_error(self, key: str, message: str) -> None:
        """Blame a field; what is no field of the form is shown at its head."""
        self.errors.setdefault(key, []).append(message)

    def fields(self) -> list[Field]:
        """All fields with their values and faults, in the form's order."""
        return _bind_group(self.part, "", (), self.data, self.errors)

    def known_keys(self) -> set[str]:
        """The names of all fields, as errors have them."""
        return set(_keys(self.fields()))

    def head_errors(self) -> list[str]:
        """Faults of what the form has no field for, each with its name."""
        known = self.known_keys()
        head = [(key, text) for key, texts in self.errors.items() if key not in known for text in texts]
        return [f"{key}: {text}" if key else text for key, text in head]


def _keys(fields: Iterable[Field]) -> Iterable[str]:
    for one in fields:
        yield one.key
        yield from _keys(one.children)


def _bind(part: Part, name: str, place: Location, value: Any, errors: dict[str, list[str]]) -> Field:
    key = field_name(place)
    bound = Field(part, name, key, value, errors.get(key, []))
    if isinstance(part, Rows):
        rows = value if isinstance(value, list | tuple) else []
        bound.children = [
            _bind(part.item, f"{name}-{index}", (*place, index), row, errors) for index, row in enumerate(rows)
        ]
        bound.blank = _bind(part.item, f"{name}-{BLANK.format(name.count('-'))}", (*place, -1), None, {})
    elif isinstance(part, Group):
        bound.children = _bind_group(part, name, place, value if isinstance(value, Mapping) else {}, errors)
    elif value is None or value == "":
        bound.value = _start(part)
    return bound


def _start(part: Leaf) -> Any:
    """What a field without a value shows: its default, or what a browser would choose."""
    if part.default is not None:
        return part.default
    return part.choices[0] if part.required and part.choices else ""


def _bind_group(
    part: Group, prefix: str, place: Location, values: Mapping[str, Any], errors: dict[str, list[str]]
) -> list[Field]:
    kind = values.get("kind") or next(iter(part.kinds), "")
    bound = []
    for child in part.parts:
        one = _bind(child, _join(prefix, child.name), (*place, child.name), values.get(child.name), errors)
        if part.kinds and child.name in part.of:
            one.kinds, one.shown = part.of[child.name], kind in part.of[child.name]
        bound.append(one)
    return bound
