"""Courses, lessons and exercises as the texts of their files. What has not changed keeps the words, the order and the
comments it had: the whole file, or at least each field of front matter and each check."""

import contextlib
import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any

import yaml
from pydantic import TypeAdapter, ValidationError

from curriculum.checkspec import CheckSpec
from curriculum.prerequisites import FIELD
from curriculum.schema import CourseSpec, ExerciseSpec, LessonSpec
from curriculum.sources import FRONT_MATTER

Fields = dict[str, Any]

_TOP_KEY = re.compile(r"^(?=[A-Za-z_][\w-]*[ \t]*:)", re.MULTILINE)
_CHECK_SPEC: TypeAdapter[CheckSpec] = TypeAdapter(CheckSpec)
_CHECK = re.compile(r"^(?=\[\[checks\]\])", re.MULTILINE)


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
    return _front_matter({"title": spec.title, "machine": spec.machine}, spec.body, old)


def exercise_checks_file(spec: ExerciseSpec, old: bytes = b"") -> bytes:
    """exercise.toml."""
    plain = _plain(old)
    if old and _says(plain, spec):
        return old
    head, *tables = _CHECK.split(plain)
    if tuple(_toml(head).get("hints", ())) != spec.hints:
        head = _hints(spec)
    kept = _checks_in(tables)
    text = _joined([head, *(kept.get(check) or _check(check) for check in spec.checks)])
    return (text if _says(text, spec) else _joined([_hints(spec), *map(_check, spec.checks)])).encode()


def _joined(parts: Iterable[str]) -> str:
    return "\n".join(part.strip("\n") + "\n" for part in parts if part.strip())


def _says(text: str, spec: ExerciseSpec) -> bool:
    """Whether an exercise.toml has exactly these hints and checks."""
    given = spec.model_dump(mode="json", exclude={"checks", "hints"})
    try:
        return ExerciseSpec.model_validate(_toml(text) | given) == spec
    except ValidationError:
        return False


def _checks_in(tables: Iterable[str]) -> dict[CheckSpec, str]:
    """The text of each check."""
    found: dict[CheckSpec, str] = {}
    for text in tables:
        with contextlib.suppress(ValidationError, KeyError):
            found[_CHECK_SPEC.validate_python(_toml(text)["checks"][0])] = text
    return found


def _hints(spec: ExerciseSpec) -> str:
    return _table({"hints": list(spec.hints)}) if spec.hints else ""


def _check(check: CheckSpec) -> str:
    """A check's table, without the fields that say what is so anyway."""
    fields = {"kind": check.kind, "id": check.id, "points": check.points}
    said = check.model_dump(mode="json", exclude_defaults=True, exclude=set(fields))
    return "[[checks]]\n" + _table(fields | said)


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
    if isinstance(value, list) and any(len(item) > 30 for item in value):
        return "[\n" + "".join(f"  {_toml_text(item)},\n" for item in value) + "]"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml_text, value)) + "]"
    return json.dumps(value)


def _toml_text(text: str) -> str:
    """In single quotes where that spares backslashes, in double quotes otherwise (https://toml.io/en/v1.0.0#string)."""
    if "\\" in text and "'" not in text and text.isprintable():
        return f"'{text}'"
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
