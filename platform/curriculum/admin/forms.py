"""Make forms for the curriculum's models from their fields.

A form is read from a request, held against its model, and shown again with each fault at the field
that it names. Fields are named by their place: `checks-1-path`. Rows are numbered as the page
likes; their order is the order in which they come.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from django.utils.datastructures import MultiValueDict
from pydantic import BaseModel, ValidationError

from curriculum.admin.form_parts import Group, Leaf, Part, Rows
from curriculum.rendering.markdown import BYTE_ORDER_MARK
from curriculum.schema.error_messages import located_messages
from curriculum.schema.locations import Location, field_name

SpecT = TypeVar("SpecT", bound=BaseModel)
Posted = MultiValueDict[str, str]
MISSING: Any = object()
MAX_ROWS = 100
# Stands for the number of a row that the page adds, by how deep it lies.
BLANK = "__row{}__"
INTEGER = re.compile(r"\s*-?\d{1,9}\s*")
DECIMAL = re.compile(r"[+-]?\d{1,18}(\.\d{1,18})?([eE][+-]?\d{1,2})?", re.ASCII)


def read_form(part: Group, posted: Posted, *, prefix: str = "") -> dict[str, Any]:
    """Return what was typed, shaped as the model.

    Empty fields are left out, so that they get their defaults or are missed.
    """
    kind = posted.get(join_name(prefix, "kind"), "") if part.kinds else ""
    children = (
        child for child in part.parts if not part.kinds or kind in part.of.get(child.name, (kind,))
    )
    values = {
        child.name: read_part(child, posted, join_name(prefix, child.name)) for child in children
    }
    return {name: value for name, value in values.items() if value is not MISSING}


def read_part(part: Part, posted: Posted, name: str) -> Any:
    """Return what was typed into a part, MISSING when it is empty."""
    if isinstance(part, Group):
        return read_form(part, posted, prefix=name)
    if isinstance(part, Rows):
        rows = (read_part(part.item, posted, f"{name}-{row}") for row in row_numbers(posted, name))
        return [value for value in rows if value is not MISSING]
    if part.widget == "flag":
        return name in posted
    text = posted.get(name, "").replace("\r\n", "\n").removeprefix(BYTE_ORDER_MARK)
    if part.widget == "number" and INTEGER.fullmatch(text):
        return int(text)
    if part.widget == "decimal" and DECIMAL.fullmatch(text.strip()):
        return float(text)
    if text.strip() or (part.required and part.widget in ("text", "lines") and part.name):
        return text
    return MISSING


def join_name(prefix: str, name: str) -> str:
    """Return the name of a field within a part."""
    return f"{prefix}-{name}" if prefix else name


def row_numbers(posted: Posted, name: str) -> list[str]:
    """Return the rows' numbers, as the page has them, in the order in which they were sent."""
    pattern = re.compile(rf"{re.escape(name)}-(\d{{1,6}})(-|$)")
    numbers = (match[1] for key in posted if (match := pattern.match(key)))
    return list(dict.fromkeys(numbers))[:MAX_ROWS]


@dataclass
class Field:
    """Hold a part with its value, as the template shows it.

    `children` are a group's parts or a list's rows, `blank` is the row that the page adds.
    """

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
        """Return leaf, group or rows."""
        return type(self.part).__name__.lower()

    @property
    def label(self) -> str:
        """Return the field's name as readers know it."""
        return self.part.name.replace("_", " ").capitalize()

    @property
    def options(self) -> list[tuple[str, str]]:
        """Return a choice's values, its own among them, and what each is called."""
        if not isinstance(self.part, Leaf):
            return []
        values = dict.fromkeys((*self.part.choices, *([self.value] if self.value else ())))
        return [(value, self.part.titles.get(value, value)) for value in values]

    @property
    def id(self) -> str:
        """Return the element's id, for its label and for what describes it."""
        return f"id_{self.name}"


@dataclass
class SpecForm(Generic[SpecT]):
    """Hold a model's form.

    `data` is what it shows, `errors` are messages by field name, as in `checks[1].path`.
    """

    model: type[SpecT]
    part: Group
    data: Mapping[str, Any] = field(default_factory=dict)
    errors: dict[str, list[str]] = field(default_factory=dict)

    def validate(self, fixed: Mapping[str, Any]) -> SpecT | None:
        """Make the model of what the form and `fixed` say; None, with `errors`, on a fault."""
        data = {**self.data, **fixed}
        try:
            return self.model.model_validate(data)
        except ValidationError as error:
            for location, message in located_messages(error, data):
                self.add_error(field_name(location), message)
            return None

    def add_error(self, key: str, message: str) -> None:
        """Add an error to a field; one without a field is shown at the form's head."""
        self.errors.setdefault(key, []).append(message)

    def fields(self) -> list[Field]:
        """Return all fields with their values and errors, in the form's order."""
        return bind_group(self.part, "", (), self.data, self.errors)

    def known_keys(self) -> set[str]:
        """Return the names of all fields, as errors have them."""
        return {item.key for item in walk_fields(self.fields())}

    def head_errors(self) -> list[str]:
        """Return the errors that no field of the form shows, each with its name."""
        keys = self.known_keys()
        head = [
            (key, text) for key, texts in self.errors.items() if key not in keys for text in texts
        ]
        return [f"{key}: {text}" if key else text for key, text in head]


def walk_fields(fields: Iterable[Field]) -> Iterable[Field]:
    """Yield fields and all that is within them."""
    for item in fields:
        yield item
        yield from walk_fields(item.children)


def bind_part(
    part: Part, name: str, location: Location, value: Any, errors: dict[str, list[str]]
) -> Field:
    """Return a part as a field with its value and errors."""
    key = field_name(location)
    bound = Field(part, name, key, value, errors.get(key, []))
    if isinstance(part, Rows):
        rows = value if isinstance(value, list | tuple) else []
        bound.children = [
            bind_part(part.item, f"{name}-{index}", (*location, index), row, errors)
            for index, row in enumerate(rows)
        ]
        blank = f"{name}-{BLANK.format(name.count('-'))}"
        bound.blank = bind_part(part.item, blank, (*location, -1), None, {})
    elif isinstance(part, Group):
        values = value if isinstance(value, Mapping) else {}
        bound.children = bind_group(part, name, location, values, errors)
    elif value is None or value == "":
        bound.value = initial_value(part)
    return bound


def initial_value(part: Leaf) -> Any:
    """Return what an empty field shows: its default, or what a browser would choose."""
    if part.default is not None:
        return part.default
    return part.choices[0] if part.required and part.choices else ""


def bind_group(
    part: Group,
    prefix: str,
    location: Location,
    values: Mapping[str, Any],
    errors: dict[str, list[str]],
) -> list[Field]:
    """Return a group's parts as fields; those of other kinds are hidden."""
    kind = values.get("kind") or next(iter(part.kinds), "")
    fields = []
    for child in part.parts:
        name, value = join_name(prefix, child.name), values.get(child.name)
        bound = bind_part(child, name, (*location, child.name), value, errors)
        if part.kinds and child.name in part.of:
            bound.kinds = part.of[child.name]
            bound.shown = kind in bound.kinds
        fields.append(bound)
    return fields
