"""Read what was typed into a form, and turn values into what its fields show."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.datastructures import MultiValueDict

from curriculum.admin.form_parts import Group, Leaf, Part, Rows
from curriculum.rendering.markdown import BYTE_ORDER_MARK

Posted = MultiValueDict[str, str]
MISSING: Any = object()
# More than any list may have, so that its model can say that there are too many.
MAX_ROWS = 1000
INTEGER = re.compile(r"\s*-?\d{1,18}\s*", re.ASCII)
DECIMAL = re.compile(r"[+-]?\d{1,18}(\.\d{1,18})?([eE][+-]?\d{1,2})?", re.ASCII)
TRUTHS = {"yes": True, "no": False}


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
        values = [value for value in rows if value is not MISSING]
        says_nothing = part.optional and not values and empty_name(name) not in posted
        return MISSING if says_nothing else values
    if part.widget == "flag":
        return name in posted
    return read_leaf(part, posted.get(name, "").replace("\r\n", "\n"))


def read_leaf(part: Leaf, typed: str) -> Any:
    """Return a value as its model takes it, MISSING for an empty field."""
    text = typed.removeprefix(BYTE_ORDER_MARK)
    if part.widget == "number" and INTEGER.fullmatch(text):
        return int(text)
    if part.widget == "decimal" and DECIMAL.fullmatch(text.strip()):
        return float(text)
    if part.widget == "date-time" and text.strip():
        return with_zone(text.strip())
    if part.widget == "truth" and text in TRUTHS:
        return TRUTHS[text]
    if text.strip() or (part.required and part.widget in ("text", "lines") and part.name):
        return text
    return MISSING


def join_name(prefix: str, name: str) -> str:
    """Return the name of a field within a part."""
    return f"{prefix}-{name}" if prefix else name


def empty_name(name: str) -> str:
    """Return the name of the box that says that an optional list is to be empty."""
    return f"{name}-empty"


def row_numbers(posted: Posted, name: str) -> list[str]:
    """Return the rows' numbers, as the page has them, in the order in which they were sent."""
    pattern = re.compile(rf"{re.escape(name)}-(\d{{1,6}})(-|$)")
    numbers = (match[1] for key in posted if (match := pattern.match(key)))
    return list(dict.fromkeys(numbers))[:MAX_ROWS]


def with_zone(text: str) -> str:
    """Return a date and a time with the platform's zone where it has none of its own."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return (timezone.make_aware(moment) if timezone.is_naive(moment) else moment).isoformat()


def local_time(value: Any) -> str:
    """Return a date and a time as a browser's field for both takes it, "" for anything else."""
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return ""
    local = timezone.localtime(moment) if timezone.is_aware(moment) else moment
    return local.replace(tzinfo=None).isoformat(timespec="seconds").removesuffix(":00")


def without_hidden(part: Part, value: Any) -> Any:
    """Return what a form says without the fields that are not the model's."""
    if isinstance(part, Rows) and isinstance(value, list):
        return [without_hidden(part.item, row) for row in value]
    if isinstance(part, Group) and isinstance(value, Mapping):
        parts = {child.name: child for child in part.parts}
        return {
            name: without_hidden(parts[name], inner) if name in parts else inner
            for name, inner in value.items()
            if name not in parts or getattr(parts[name], "widget", "") != "hidden"
        }
    return value
