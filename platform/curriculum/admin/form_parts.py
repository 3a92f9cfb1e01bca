"""What a form for a pydantic model is made of, read from the model's JSON schema: fields, groups of them, and rows that
can be added, moved and taken away. A discriminated union becomes one group whose parts know for which kinds they are.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from pydantic import BaseModel

Schema: TypeAlias = Mapping[str, Any]

_SHORT = 200  # up to so many characters, a text gets one line unless its format says otherwise
_WIDGETS = {"integer": "number", "number": "decimal", "boolean": "flag"}


@dataclass(frozen=True)
class Leaf:
    """One value. `widget` is text, lines, markdown, code, number (a whole one), decimal, flag or choice; `titles` are
    what those of its choices are called that don't speak for themselves; a number that `varies` may be a
    placeholder."""

    name: str
    widget: str
    required: bool = False
    help: str = ""
    choices: tuple[str, ...] = ()
    titles: Mapping[str, str] = field(default_factory=dict)
    default: Any = None
    most: int | None = None
    least: int | None = None
    varies: bool = False


@dataclass(frozen=True)
class Group:
    """Several parts under one name. `kinds` are those of a union, `of` says for which of them a part is (others: for
    any)."""

    name: str
    parts: tuple["Part", ...]
    kinds: tuple[str, ...] = ()
    of: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Rows:
    """A list. `item` is what each row is."""

    name: str
    item: "Part"
    help: str = ""
    default: Any = None


Part: TypeAlias = Leaf | Group | Rows


def parts_of(model: type[BaseModel], *, leave_out: Collection[str] = ()) -> Group:
    """The form of a model, without some of its fields."""
    schema = model.model_json_schema()
    properties = {name: value for name, value in schema["properties"].items() if name not in leave_out}
    return _Builder(schema.get("$defs", {})).group("", {**schema, "properties": properties})


@dataclass(frozen=True)
class _Builder:
    definitions: Schema

    def part(self, name: str, schema: Schema, required: bool) -> Part:
        """Whatever a schema is, under this name."""
        plain = self._plain(schema)
        if "oneOf" in plain:
            return self._union(name, plain)
        if plain.get("type") == "array":
            item = self.part("", {"format": "lines", **plain["items"]}, True)
            return Rows(name, item, plain.get("description", ""), plain.get("default"))
        return self.group(name, plain) if plain.get("type") == "object" else _leaf(name, plain, required)

    def _plain(self, schema: Schema) -> Schema:
        """The schema without references, and without the null that an optional field may also be."""
        for choice in schema.get("anyOf", ()):
            if choice.get("type") != "null":
                return self._plain({**choice, **{key: value for key, value in schema.items() if key != "anyOf"}})
        if "$ref" in schema:
            found = self.definitions[schema["$ref"].rpartition("/")[2]]
            return {**found, **{key: value for key, value in schema.items() if key not in ("$ref", "format")}}
        return schema

    def group(self, name: str, schema: Schema) -> Group:
        """A model's fields."""
        required = schema.get("required", ())
        parts = (self.part(key, value, key in required) for key, value in schema["properties"].items())
        return Group(name, tuple(parts))

    def _union(self, name: str, schema: Schema) -> Group:
        """A union's kinds side by side: its discriminator, then what is required, then the rest. Fields of one
        name mean the same in every kind that has them."""
        tag = schema["discriminator"]["propertyName"]
        members = {kind: self._plain({"$ref": ref}) for kind, ref in schema["discriminator"]["mapping"].items()}
        parts: dict[str, Part] = {}
        of: dict[str, tuple[str, ...]] = {}
        for kind, member in members.items():
            for part in self.group("", member).parts:
                if part.name != tag:
                    parts.setdefault(part.name, part)
                    of[part.name] = (*of.get(part.name, ()), kind)
        choice = Leaf(tag, "choice", required=True, choices=tuple(members))
        ordered = sorted(parts.values(), key=lambda part: part.name != "id" and part.default is not None)  # type: ignore[union-attr]
        return Group(name, (choice, *ordered), tuple(members), of)


def _leaf(name: str, schema: Schema, required: bool) -> Leaf:
    choices = tuple(schema["enum"]) if "enum" in schema else (schema["const"],) if "const" in schema else ()
    return Leaf(
        name=name,
        widget=_widget(schema, choices),
        required=required,
        help=schema.get("description", ""),
        choices=choices,
        default=schema.get("default"),
        most=schema.get("maximum", schema.get("maxLength")),
        least=schema.get("minimum"),
        varies=bool(schema.get("varies")),
    )


def _widget(schema: Schema, choices: tuple[str, ...]) -> str:
    if choices:
        return "choice"
    of_type = _WIDGETS.get(schema.get("type", ""), "text")
    return str(schema.get("format", of_type))
