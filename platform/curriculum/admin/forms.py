"""Make forms for the curriculum's models from their fields.

A form is read from a request, held against its model, and shown again with each fault at a field
that is on the page. Fields are named by their place: `checks-1-path`. Rows are numbered as the page
likes; their order is the order in which they come.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from django.utils import timezone
from pydantic import BaseModel

from curriculum.admin.form_parts import Group, Leaf, Part, Rows
from curriculum.admin.form_values import (
    MISSING,
    TRUTHS,
    empty_name,
    join_name,
    local_time,
    without_hidden,
)
from curriculum.schema.error_messages import check_spec
from curriculum.schema.locations import Location, field_name

SpecT = TypeVar("SpecT", bound=BaseModel)
# Stands for the number of a row that the page adds, by how deep it lies.
BLANK = "__row{}__"
LAST_PART = re.compile(r"(?:\[(?P<row>\d+)\]|\.?(?P<name>[^.\[\]]+))$")
SEPARATOR = " › "


@dataclass
class Field:
    """Hold a part with its value, as the template shows it.

    `title` is its label with those of what is around it, `children` are a group's parts or a list's
    rows, `blank` is the row that the page adds.
    """

    part: Part
    name: str
    key: str
    title: str
    value: Any = ""
    errors: list[str] = field(default_factory=list)
    children: list["Field"] = field(default_factory=list)
    blank: "Field | None" = None
    kinds: tuple[str, ...] = ()
    shown: bool = True
    is_empty: bool = False

    @property
    def shape(self) -> str:
        """Return leaf, group or rows."""
        return type(self.part).__name__.lower()

    @property
    def label(self) -> str:
        """Return the field's name as readers know it."""
        return label_of(self.part.name)

    @property
    def options(self) -> list[tuple[str, str]]:
        """Return a choice's values, its own among them, and what each is called."""
        if not isinstance(self.part, Leaf):
            return []
        values = dict.fromkeys((*self.part.choices, *([self.value] if self.value else ())))
        return [(value, self.part.titles.get(value, value)) for value in values]

    @property
    def local_time(self) -> str:
        """Return a date and a time for a browser's own field, "" where the value is none."""
        return local_time(self.value)

    @property
    def zone(self) -> str:
        """Return the name of the zone that times are in."""
        return timezone.get_current_timezone_name()

    @property
    def id(self) -> str:
        """Return the element's id, for its label and for what describes it."""
        return f"id_{self.name}"

    @property
    def empty_name(self) -> str:
        """Return the name of the box that says that a list is to be empty."""
        return empty_name(self.name)


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
        spec, faults = check_spec(self.model, {**without_hidden(self.part, self.data), **fixed})
        for location, message in faults:
            self.add_error(field_name(location), message)
        return spec

    def add_error(self, key: str, message: str) -> None:
        """Add an error to a field; one without a field is shown at the form's head."""
        self.errors.setdefault(key, []).append(message)

    def fields(self) -> list[Field]:
        """Return all fields with their values and errors, in the form's order."""
        fields = bind_group(self.part, "", (), self.data, "")
        by_key = {item.key: item for item in visible_fields(fields)}
        for key, messages in self.errors.items():
            place, rest = nearest(key, by_key)
            if place:
                prefix = f"{rest}: " if rest else ""
                by_key[place].errors += [prefix + message for message in messages]
        return fields

    def has_place(self, key: str) -> bool:
        """Whether a field, or one around it, can show an error."""
        return bool(nearest(key, {item.key for item in visible_fields(self.fields())})[0])

    def faulty_fields(self) -> list[Field]:
        """Return the fields that show errors, in the form's order."""
        return [item for item in visible_fields(self.fields()) if item.errors]

    def head_errors(self) -> list[str]:
        """Return the errors that no field of the form shows, each with its name."""
        keys = {item.key for item in visible_fields(self.fields())}
        head = [
            (key, text)
            for key, texts in self.errors.items()
            if not nearest(key, keys)[0]
            for text in texts
        ]
        return [f"{key}: {text}" if key else text for key, text in head]


def nearest(key: str, known: Iterable[str]) -> tuple[str, str]:
    """Return the known key for a place or what is around it, and the way from there in words.

    The key is "" when nothing around it is known.
    """
    names = set(known)
    way: list[str] = []
    while key and key not in names:
        match = LAST_PART.search(key)
        if match is None:
            return "", ""
        way.insert(0, str(int(match["row"]) + 1) if match["row"] else label_of(match["name"]))
        key = key[: match.start()]
    return key, SEPARATOR.join(way)


def label_of(name: str) -> str:
    """Return a field's name as readers know it."""
    return name.replace("_", " ").capitalize()


def visible_fields(fields: Iterable[Field]) -> Iterator[Field]:
    """Yield the fields that are on the page, and all that is within them."""
    for item in fields:
        if item.shown and getattr(item.part, "widget", "") != "hidden":
            yield item
            yield from visible_fields(item.children)


def bind_part(part: Part, name: str, location: Location, value: Any, title: str) -> Field:
    """Return a part as a field with its value."""
    bound = Field(part, name, field_name(location), title, value)
    if isinstance(part, Rows):
        rows = value if isinstance(value, list | tuple) else []
        bound.is_empty = part.optional and isinstance(value, list | tuple) and not rows
        bound.children = [
            bind_part(part.item, f"{name}-{index}", (*location, index), row, f"{title} {index + 1}")
            for index, row in enumerate(rows)
        ]
        blank = f"{name}-{BLANK.format(name.count('-'))}"
        bound.blank = bind_part(part.item, blank, (*location, -1), None, title)
    elif isinstance(part, Group):
        values = value if isinstance(value, Mapping) else {}
        bound.children = bind_group(part, name, location, values, title)
    else:
        bound.value = shown_value(part, value)
    return bound


def shown_value(part: Leaf, value: Any) -> Any:
    """Return what a field shows: its value, its default, or what a browser would choose."""
    if part.widget == "truth":
        return next((word for word, truth in TRUTHS.items() if truth is value), value or "")
    if value not in (None, "", MISSING):
        return value
    if part.default is not None:
        return part.default
    return part.choices[0] if part.required and part.choices else ""


def bind_group(
    part: Group, prefix: str, location: Location, values: Mapping[str, Any], title: str
) -> list[Field]:
    """Return a group's parts as fields; those of other kinds are hidden."""
    kind = values.get("kind") or next(iter(part.kinds), "")
    fields = []
    for child in part.parts:
        name, value = join_name(prefix, child.name), values.get(child.name)
        crumbs = SEPARATOR.join(filter(None, (title, label_of(child.name))))
        bound = bind_part(child, name, (*location, child.name), value, crumbs)
        if part.kinds and child.name in part.of:
            bound.kinds = part.of[child.name]
            bound.shown = kind in bound.kinds
        fields.append(bound)
    return fields
