"""Write courses, lessons and exercises as the texts of their files.

What has not changed keeps its bytes: the whole file, or at least each field with its comments. See
docs/adr/0017-lesson-file-libraries.md for what tomlkit and ruamel.yaml do here and what not.
"""

import contextlib
from collections.abc import Iterable
from io import StringIO
from typing import Any, cast

import tomlkit
from pydantic import BaseModel, TypeAdapter, ValidationError
from ruamel.yaml.error import YAMLError
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Item, Table

from curriculum.loader.contents import decode_text
from curriculum.loader.sources import FRONT_MATTER, construct_yaml, yaml_parser
from curriculum.schema.prerequisites import FIELD
from curriculum.schema.specs import (
    EXERCISE_TABLES,
    EXERCISE_TEXT_FIELDS,
    EXERCISE_TOML_FIELDS,
    CourseSpec,
    ExerciseSpec,
    LessonSpec,
)

Fields = dict[str, Any]

COURSE_FIELDS = ("title", "summary", "position")
HEAD_FIELDS = tuple(name for name in EXERCISE_TOML_FIELDS if name not in EXERCISE_TABLES)
ROW_TYPES: dict[str, TypeAdapter[Any]] = {
    name: TypeAdapter(cast("Any", ExerciseSpec.model_fields[name].annotation))
    for name in EXERCISE_TABLES
}
# A row has these even where they say what is so anyway, and they come first.
ROW_HEAD = ("kind", "id", "points")
LINE_WIDTH = 110
SHORT_ITEM = 32


def format_course_toml(spec: CourseSpec, old: bytes = b"") -> bytes:
    """Write course.toml, with the words that `old` has for what has not changed."""
    document = parse_toml(old)
    before = CourseSpec.model_validate(document.unwrap() | {"slug": spec.slug}) if old else None
    after = spec.model_copy(update={"lessons": ()})
    if before == after:
        return old
    set_fields(document, COURSE_FIELDS, after, before)
    return document.as_string().encode()


def format_lesson_md(spec: LessonSpec, old: bytes = b"") -> bytes:
    """Write lesson.md, with the words that `old` has for what has not changed."""
    fields: Fields = {
        "title": spec.title,
        "summary": spec.summary,
        "minutes": spec.minutes,
        "draft": spec.draft,
        FIELD: list(spec.prerequisites),
        "machines": [
            machine.model_dump(mode="json", exclude_none=True) for machine in spec.machines
        ],
    }
    return format_front_matter(fields, spec.body, old)


def format_exercise_md(spec: ExerciseSpec, old: bytes = b"") -> bytes:
    """Write exercise.md, with the words that `old` has for what has not changed."""
    return format_front_matter(
        {name: getattr(spec, name) for name in EXERCISE_TEXT_FIELDS}, spec.body, old
    )


def format_exercise_toml(spec: ExerciseSpec, old: bytes = b"") -> bytes:
    """Write exercise.toml, with the words that `old` has for what has not changed."""
    before = read_exercise_toml(decode_text(old), spec) if old else None
    if before == spec:
        return old
    edited = edit_exercise_toml(parse_toml(old), spec, before)
    if read_exercise_toml(edited, spec) != spec:
        edited = edit_exercise_toml(tomlkit.document(), spec, None)
    return edited.encode()


def edit_exercise_toml(
    document: tomlkit.TOMLDocument, spec: ExerciseSpec, before: ExerciseSpec | None
) -> str:
    """Return a document's text with the fields of the spec; `before` is what it says itself."""
    rows: list[str] = []
    for name in dict.fromkeys((*document, *EXERCISE_TABLES)):
        if name not in EXERCISE_TABLES:
            continue
        tables = document.pop(name, None)
        known = keyed_tables(name, tables) if isinstance(tables, AoT) else {}
        for row in getattr(spec, name):
            was, table = known.get(row_key(row), (None, tomlkit.table()))
            names = dict.fromkeys((*ROW_HEAD, *type(row).model_fields))
            set_fields(table, [field for field in names if hasattr(row, field)], row, was)
            rows.append(format_row(name, table))
    set_fields(document, HEAD_FIELDS, spec, before)
    text = document.as_string()
    for row in rows:
        # A comment at the end of a part is about the table that follows.
        is_apart = text.endswith("\n\n") or text.rstrip("\n").rpartition("\n")[2].startswith("#")
        text += row if is_apart else f"\n{row}"
    return text.strip("\n") + "\n"


def format_row(name: str, table: Table) -> str:
    """Return a row's table with its header and those below it."""
    rows = tomlkit.aot()
    rows.append(table)
    return tomlkit.dumps({name: rows})


def keyed_tables(name: str, tables: AoT) -> dict[Any, tuple[BaseModel, Table]]:
    """Map each row that is a valid one to what it says and to its table."""
    rows = {}
    for table in tables:
        with contextlib.suppress(ValidationError):
            [row] = ROW_TYPES[name].validate_python([table.unwrap()])
            rows[row_key(row)] = (row, table)
    return rows


def row_key(row: BaseModel) -> tuple[type[BaseModel], str]:
    """Tell a row of a kind from the others: by its id, or by a parameter's name."""
    return type(row), getattr(row, "id", "") or getattr(row, "name", "")


def set_fields(
    table: Table | tomlkit.TOMLDocument,
    names: Iterable[str],
    after: BaseModel,
    before: BaseModel | None,
) -> None:
    """Set a table's fields that have changed.

    Fields with their default values are left out.
    """
    values = after.model_dump(exclude_defaults=True)
    for name in names:
        if before is not None and getattr(before, name) == getattr(after, name):
            continue
        if name in values or name in ROW_HEAD:
            table[name] = toml_item(getattr(after, name) if name in ROW_HEAD else values[name])
        elif name in table:
            del table[name]


def read_exercise_toml(text: str, spec: ExerciseSpec) -> ExerciseSpec | None:
    """Return the spec with an exercise.toml's fields in place of its own, if that is one."""
    others = spec.model_dump(mode="json", exclude=set(EXERCISE_TOML_FIELDS))
    try:
        return ExerciseSpec.model_validate(tomlkit.parse(text).unwrap() | others)
    except (TOMLKitError, ValidationError):
        return None


def parse_toml(content: bytes) -> tomlkit.TOMLDocument:
    """Parse a TOML file; an invalid one counts as empty."""
    try:
        return tomlkit.parse(decode_text(content))
    except TOMLKitError:
        return tomlkit.document()


def toml_item(value: Any) -> Item:
    """Format a TOML value: short lists on one line, others with an item a line."""
    if isinstance(value, str):
        return toml_string(value)
    if isinstance(value, dict):
        table = tomlkit.inline_table()
        table.update({name: toml_item(item) for name, item in value.items()})
        return table
    if not isinstance(value, list | tuple):
        return cast("Item", tomlkit.item(value))
    array, items = tomlkit.array(), [toml_item(item) for item in value]
    if all(len(item.as_string()) <= SHORT_ITEM for item in items):
        array.extend(items)
        return array
    for item in items:
        array.add_line(item, indent="  ")
    array.add_line(indent="")
    return array


def toml_string(text: str) -> Item:
    """Format a TOML string, literal where it has several lines or backslashes.

    Single quotes spare the escapes (https://toml.io/en/v1.0.0#string).
    """
    lines_print = text.replace("\n", "").isprintable()
    if "\n" in text and "'''" not in text and not text.endswith("'") and lines_print:
        return tomlkit.value(f"'''\n{text}'''")  # the first line end is not part of the text
    if "\\" in text and "'" not in text and text.isprintable():
        return tomlkit.string(text, literal=True)
    return tomlkit.string(text)


def format_front_matter(fields: Fields, body: str, old: bytes) -> bytes:
    """Write front matter and a text; `old` lends its words to what is the same."""
    match = FRONT_MATTER.match(decode_text(old))
    head, tail = (match["yaml"], match["body"]) if match else ("", "")
    edited = edit_yaml(head, fields)
    if match and edited == head and body.strip("\n") == tail.strip("\n"):
        return old
    if not match or body.strip("\n") != tail.strip("\n"):
        tail = "\n" + body.strip("\n") + "\n" if body.strip() else ""
    return f"---\n{edited}---\n{tail}".encode()


def edit_yaml(text: str, fields: Fields) -> str:
    """Replace those top-level fields of a YAML text that say something else.

    The parser says where each field begins. ruamel's own round trip keeps comments too, but sets
    spaces and line ends of untouched fields anew.
    """
    parser = yaml_parser()
    node = parser.compose(text)
    before = construct_yaml(parser, node) or {}
    keys = [key for key, _ in node.value] if node else []
    starts = [key.start_mark.index for key in keys]
    chunks = {"": text[: starts[0]] if starts else text}
    for key, start, end in zip(keys, starts, [*starts[1:], len(text)], strict=False):
        chunks[str(key.value)] = text[start:end]
    for name, value in fields.items():
        if says_same(before.get(name), value):
            continue
        if value:
            chunks[name] = dump_yaml(name, value)
        else:
            chunks.pop(name, None)
    lines = (chunk if chunk.endswith("\n") else f"{chunk}\n" for chunk in chunks.values() if chunk)
    edited = "".join(lines)
    with contextlib.suppress(YAMLError, AttributeError):
        after = yaml_parser().load(edited) or {}
        if all(says_same(after.get(name), value) for name, value in fields.items()):
            return edited
    return "".join(dump_yaml(name, value) for name, value in fields.items() if value)


def says_same(before: Any, value: Any) -> bool:
    """Whether a field's value in a file means this value; what is empty may be missing."""
    before = before.strip() if isinstance(before, str) else before
    return before == value or (not before and not value)


def dump_yaml(name: str, value: Any) -> str:
    """Write one field, without the head that names the version of YAML."""
    emitter = yaml_parser()
    emitter.default_flow_style = False
    emitter.sort_base_mapping_type_on_output = False  # type: ignore[assignment]  # it takes both
    emitter.width = LINE_WIDTH
    stream = StringIO()
    emitter.dump({name: value}, stream)
    return stream.getvalue().partition("---\n")[2]
