"""Build the parts of a form from a pydantic model's JSON schema.

That is fields, groups of them, and rows that can be added, moved and taken away. A discriminated
union becomes one group whose parts know which kinds they are for.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from pydantic import BaseModel

Schema: TypeAlias = Mapping[str, Any]

WIDGETS = {"integer": "number", "number": "decimal", "boolean": "flag"}


@dataclass(frozen=True)
class Leaf:
    """Describe one value.

    `widget` is text, lines, markdown, code, number (a whole one), decimal, date-time, flag, choice,
    truth (yes, no or neither) or hidden (for the form alone, not the model's); `titles` are what
    those of its choices are called that don't speak for themselves; a number that `varies` may be a
    placeholder.
    """

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
    """Describe several parts under one name.

    `kinds` are those of a union, `of` says for which of them a part is (others: for any).
    """

    name: str
    parts: tuple["Part", ...]
    kinds: tuple[str, ...] = ()
    of: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Rows:
    """Describe a list; `item` is what each row is.

    An `optional` one says nothing without rows, and so can be told apart from one that is empty.
    """

    name: str
    item: "Part"
    help: str = ""
    default: Any = None
    optional: bool = False


Part: TypeAlias = Leaf | Group | Rows


def parts_of(model: type[BaseModel], *, leave_out: Collection[str] = ()) -> Group:
    """Return the form of a model, without some of its fields."""
    schema = model.model_json_schema()
    properties = {
        name: value for name, value in schema["properties"].items() if name not in leave_out
    }
    builder = FormBuilder(schema.get("$defs", {}))
    return builder.group("", {**schema, "properties": properties})


@dataclass(frozen=True)
class FormBuilder:
    """Make parts of schemas; `definitions` are those that a schema may refer to."""

    definitions: Schema

    def part(self, name: str, schema: Schema, required: bool) -> Part:
        """Return the part for a schema."""
        plain = self.resolve(schema)
        if "oneOf" in plain:
            return self.union(name, plain)
        if plain.get("type") == "array":
            item = self.part("", {"format": "lines", **plain["items"]}, True)
            default = plain.get("default")
            optional = not required and default is None
            return Rows(name, item, plain.get("description", ""), default, optional)
        if plain.get("type") == "object":
            return self.group(name, plain)
        return leaf(name, plain, required)

    def resolve(self, schema: Schema) -> Schema:
        """Return the schema without references and without an optional field's null."""
        for choice in schema.get("anyOf", ()):
            if choice.get("type") != "null":
                others = {key: value for key, value in schema.items() if key != "anyOf"}
                return self.resolve({**choice, **others})
        if "$ref" in schema:
            definition = self.definitions[schema["$ref"].rpartition("/")[2]]
            own = {key: value for key, value in schema.items() if key not in ("$ref", "format")}
            return {**definition, **own}
        return schema

    def group(self, name: str, schema: Schema) -> Group:
        """Return a model's fields."""
        required = schema.get("required", ())
        properties = schema["properties"].items()
        parts = (self.part(key, value, key in required) for key, value in properties)
        return Group(name, tuple(parts))

    def union(self, name: str, schema: Schema) -> Group:
        """Return a union's kinds side by side: its discriminator, what is required, the rest.

        Fields of one name mean the same in every kind that has them.
        """
        tag = schema["discriminator"]["propertyName"]
        mapping = schema["discriminator"]["mapping"].items()
        members = {kind: self.resolve({"$ref": ref}) for kind, ref in mapping}
        parts: dict[str, Part] = {}
        of: dict[str, tuple[str, ...]] = {}
        for kind, member in members.items():
            for part in self.group("", member).parts:
                if part.name != tag:
                    parts.setdefault(part.name, part)
                    of[part.name] = (*of.get(part.name, ()), kind)
        choice = Leaf(tag, "choice", required=True, choices=tuple(members))
        ordered = sorted(parts.values(), key=is_optional)
        return Group(name, (choice, *ordered), tuple(members), of)


def is_optional(part: Part) -> bool:
    """Whether a part of a union may keep its default."""
    return part.name != "id" and not isinstance(part, Group) and part.default is not None


def leaf(name: str, schema: Schema, required: bool) -> Leaf:
    """Return the part for a value."""
    choices = tuple(schema.get("enum", ()))
    if "const" in schema and "enum" not in schema:
        choices = (schema["const"],)
    widget = schema.get("format", WIDGETS.get(schema.get("type", ""), "text"))
    if widget == "flag" and not required and schema.get("default") is None:
        widget, choices = "truth", ("yes", "no")
    return Leaf(
        name=name,
        widget="choice" if choices and widget != "truth" else str(widget),
        required=required,
        help=schema.get("description", ""),
        choices=choices,
        default=schema.get("default"),
        most=schema.get("maximum", schema.get("maxLength")),
        least=schema.get("minimum"),
        varies=bool(schema.get("varies")),
    )
