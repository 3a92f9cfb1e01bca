"""Courses, lessons and exercises as the texts of their files. What has not changed keeps the words, the order and the
comments it had: the whole file, or at least each field of front matter and each check."""

import contextlib
import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, cast

import yaml
from pydantic import BaseModel, TypeAdapter, ValidationError

from curriculum.loader.sources import FRONT_MATTER
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

_TOP_KEY = re.compile(r"^(?=[A-Za-z_][\w-]*[ \t]*:)", re.MULTILINE)
_TABLES = re.compile(rf"^(?=\[\[(?:{'|'.join(EXERCISE_TABLES)})\]\])", re.MULTILINE)
_ROWS: dict[str, TypeAdapter[Any]] = {
    name: TypeAdapter(cast("Any", ExerciseSpec.model_fields[name].annotation)) for name in EXERCISE_TABLES
}
# A row's own fields that are written even where they say what is so anyway, in this order.
_ALWAYS = ("kind", "id", "points")


def course_file(spec: CourseSpec, old: bytes = b"") -> bytes:
    """course.toml."""
    bare = spec.model_copy(update={"lessons": ()})
    if old and CourseSpec.model_validate(_toml(_plain(old)) | {"slug": spec.slug}) == bare:
        return old
    fields = {"title": spec.title, "summary": spec.summary, "position": spec.position}
    return _table({name: value for name, value in fields.items() if value or name == "title"}).encode()


def lesson_file(spec: LessonSpec, old: bytes = b"") -> bytes:
    """lesson.md."""
    machines = [machine.model_dump(mode="json", exclude_none=True) for machine in spec.machines]
    fields: Fields = {"title": spec.title, "summary": spec.summary, "minutes": spec.minutes, "draft": spec.draft}
    return _front_matter(fields | {FIELD: list(spec.prerequisites), "machines": machines}, spec.body, old)


def exercise_text_file(spec: ExerciseSpec, old: bytes = b"") -> bytes:
    """exercise.md."""
    return _front_matter({name: getattr(spec, name) for name in EXERCISE_TEXT_FIELDS}, spec.body, old)


def exercise_checks_file(spec: ExerciseSpec, old: bytes = b"") -> bytes:
    """exercise.toml."""
    plain = _plain(old)
    if old and _says(plain, spec):
        return old
    head, *tables = _TABLES.split(plain)
    kept = _rows_in(tables)
    rows = [kept.get(row) or row for row in _rows(spec)]
    tries = (_joined(parts) for parts in ([head, *rows], [_head(spec), *rows]))
    anew = _joined([_head(spec), *_rows(spec)])
    return next((text for text in tries if _says(text, spec)), anew).encode()


def _joined(parts: Iterable[str]) -> str:
    return "\n".join(part.strip("\n") + "\n" for part in parts if part.strip())


def _says(text: str, spec: ExerciseSpec) -> bool:
    """Whether an exercise.toml says of its fields exactly what the spec says."""
    return _read(text, spec) == spec


def _read(text: str, spec: ExerciseSpec) -> ExerciseSpec | None:
    """The spec with an exercise.toml's fields in place of its own, if that is one."""
    given = spec.model_dump(mode="json", exclude=set(EXERCISE_TOML_FIELDS))
    try:
        return ExerciseSpec.model_validate(_toml(text) | given)
    except ValidationError:
        return None


def _rows_in(tables: Iterable[str]) -> dict[str, str]:
    """The text of each row that stood there, by how it would be written anew."""
    found: dict[str, str] = {}
    for text in tables:
        for name, rows in _toml(text).items():
            with contextlib.suppress(ValidationError):
                found |= {_row(name, row): text for row in _ROWS[name].validate_python(rows)}
    return found


def _head(spec: ExerciseSpec) -> str:
    """What stands above the tables: fields that say what is so anyway are left out."""
    wanted = set(EXERCISE_TOML_FIELDS) - set(EXERCISE_TABLES)
    return _table(spec.model_dump(include=wanted, exclude_defaults=True))


def _rows(spec: ExerciseSpec) -> list[str]:
    return [_row(name, row) for name in EXERCISE_TABLES for row in getattr(spec, name)]


def _row(name: str, row: BaseModel) -> str:
    """A row's table, without the fields that say what is so anyway."""
    fields = row.model_dump(mode="json")
    always = {key: fields[key] for key in _ALWAYS if key in fields}
    said = row.model_dump(mode="json", exclude_defaults=True, exclude=set(always))
    return f"[[{name}]]\n" + _table(always | said)


def _front_matter(fields: Fields, body: str, old: bytes) -> bytes:
    """Front matter and text; `old` lends its words to what is the same."""
    plain = _plain(old)
    match = FRONT_MATTER.match(plain)
    head, tail = (match["yaml"], match["body"]) if match else ("", "")
    head = _edit_yaml(head, fields)
    if body.strip("\n") != tail.strip("\n") or not match:
        tail = f"\n{body.strip(chr(10))}\n" if body.strip() else ""
    text = f"---\n{head}---\n{tail}"
    return old if match and text == f"---\n{match['yaml']}---\n{match['body']}" else text.encode()


def _edit_yaml(text: str, fields: Fields) -> str:
    """The YAML with those top-level fields replaced that say something else."""
    chunks = {chunk.partition(":")[0].strip(): chunk for chunk in _TOP_KEY.split(text) if chunk.strip()}
    before = yaml.safe_load(text) or {}
    for name, value in fields.items():
        if _same(before.get(name), value):
            continue
        chunks.pop(name, None) if not value else chunks.update({name: _yaml(name, value)})
    edited = "".join(chunk if chunk.endswith("\n") else chunk + "\n" for chunk in chunks.values())
    after = yaml.safe_load(edited) or {}
    if all(_same(after.get(name), value) for name, value in fields.items()):
        return edited
    return "".join(_yaml(name, value) for name, value in fields.items() if value)


def _same(before: Any, value: Any) -> bool:
    before = before.strip() if isinstance(before, str) else before
    return before == value or (not before and not value)


def _yaml(name: str, value: Any) -> str:
    return yaml.safe_dump({name: value}, allow_unicode=True, sort_keys=False, width=110)


def _plain(content: bytes) -> str:
    return content.decode().replace("\r\n", "\n")


def _toml(text: str) -> Fields:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return {}


def _table(fields: Mapping[str, Any]) -> str:
    return "".join(f"{name} = {_toml_value(value)}\n" for name, value in fields.items())


def _toml_value(value: Any) -> str:
    if isinstance(value, str):
        return _toml_text(value)
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {_toml_value(item)}" for name, item in value.items()) + " }"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return _toml_list([_toml_value(item) for item in value])
    return json.dumps(value)


def _toml_list(items: list[str]) -> str:
    """On one line where they are short."""
    if any(len(item) > 32 for item in items):
        return "[\n" + "".join(f"  {item},\n" for item in items) + "]"
    return "[" + ", ".join(items) + "]"


def _toml_text(text: str) -> str:
    """Several lines as they are, in single quotes where that spares backslashes, in double quotes otherwise
    (https://toml.io/en/v1.0.0#string)."""
    if "\n" in text and "'''" not in text and not text.endswith("'") and text.replace("\n", "").isprintable():
        return f"'''\n{text}'''"
    if "\\" in text and "'" not in text and text.isprintable():
        return f"'{text}'"
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
