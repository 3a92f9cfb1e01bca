"""One lesson file, parsed, that still knows on which line each of its fields stands.

A location is a tuple like pydantic's `loc`: ("checks", 1, "path") is the field `path` of the second check.
"""

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from curriculum.errors import LessonFileError

Location = tuple[int | str, ...]

_TABLE = re.compile(r"^\s*(?P<open>\[{1,2})\s*(?P<key>[^\[\]]+?)\s*\]{1,2}\s*(#.*)?$")
_KEY = re.compile(r"^\s*(?P<key>[A-Za-z0-9_-]+(\s*\.\s*[A-Za-z0-9_-]+)*)\s*=")
_MULTI_LINE = re.compile(r'"""|\'\'\'')
_TOML_PLACE = re.compile(r"\s*\(at (?:line (?P<line>\d+), column \d+|end of document)\)$")
FRONT_MATTER = re.compile(r"\A---[ \t]*\n(?P<yaml>.*?)^---[ \t]*(?:\n|\Z)(?P<body>.*)\Z", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Source:
    """`data` is the parsed front matter or TOML, `lines` the line of each field in it, `body` the text below front
    matter, which begins on `body_line`."""

    path: Path
    data: dict[str, Any]
    lines: dict[Location, int] = field(default_factory=dict)
    body: str = ""
    body_line: int = 1

    def line_of(self, location: Location) -> int:
        """The line of the field, or of the nearest thing around it that has one."""
        for length in range(len(location), 0, -1):
            if location[:length] in self.lines:
                return self.lines[location[:length]]
        return 1

    def error(self, location: Location, message: str) -> LessonFileError:
        """A fault of the field at this location."""
        return LessonFileError(self.path, self.line_of(location), field_name(location), message)


def field_name(location: Location) -> str:
    """("checks", 1, "path") → "checks[1].path"."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return text.removeprefix(".") or "file"


def read_text(path: Path) -> str:
    """The file as UTF-8 text with plain line ends. Raises LessonFileError when it is missing or something else."""
    try:
        return path.read_text(encoding="utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise LessonFileError(path, line, "file", "is not UTF-8 text") from error
    except OSError as error:
        raise LessonFileError(path, 1, "file", f"cannot be read: {error.strerror}") from error


def read_toml(path: Path) -> Source:
    """Parse a TOML file. Raises LessonFileError."""
    text = read_text(path)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = _TOML_PLACE.search(str(error))
        line = int(place["line"]) if place and place["line"] else text.count("\n") + 1
        raise LessonFileError(path, line, "syntax", _TOML_PLACE.sub("", str(error))) from error
    return Source(path, data, toml_lines(text))


def toml_lines(text: str) -> dict[Location, int]:
    """The line of every table and key. A key inside an inline table is found by the line of what holds it."""
    lines: dict[Location, int] = {}
    counts: dict[Location, int] = {}
    prefix: Location = ()
    inside_string = False
    for number, line in enumerate(text.splitlines(), start=1):
        quotes = 0 if line.lstrip().startswith("#") and not inside_string else len(_MULTI_LINE.findall(line))
        if not inside_string:
            if table := _TABLE.match(line):
                prefix = _table(table, counts)
                for around in (prefix[:-1], prefix) if isinstance(prefix[-1], int) else (prefix,):
                    lines.setdefault(around, number)
            elif key := _KEY.match(line):
                lines.setdefault(prefix + _parts(key["key"]), number)
        inside_string ^= quotes % 2 == 1
    return lines


def _parts(key: str) -> Location:
    return tuple(part.strip().strip("\"'") for part in key.split("."))


def _table(match: re.Match[str], counts: dict[Location, int]) -> Location:
    """The location that the keys below a table's header belong to. A table within a list, such as `[[a.b]]`, is in the
    list's last table so far."""
    *outer, name = _parts(match["key"])
    location: Location = ()
    for part in outer:
        location = (*location, part)
        location = (*location, counts[location]) if location in counts else location
    location = (*location, name)
    if match["open"] == "[":
        return location
    counts[location] = counts.get(location, -1) + 1
    return (*location, counts[location])


def read_front_matter(path: Path) -> Source:
    """Parse a Markdown file that begins with YAML between two lines of `---`. Raises LessonFileError."""
    text = read_text(path)
    match = FRONT_MATTER.match(text)
    if match is None:
        raise LessonFileError(path, 1, "front matter", "is missing: begin with --- and end it with another ---")
    body_line = text[: match.start("body")].count("\n") + 1
    data, lines = read_yaml(path, match["yaml"])
    return Source(path, data, lines, match["body"], body_line)


def yaml_parser() -> YAML:
    """Return a parser and emitter of YAML 1.1, in which `yes` is true and 010 is eight."""
    parser = YAML(typ="safe", pure=True)
    parser.version = (1, 1)
    return parser


def construct_yaml(parser: YAML, node: Node | None) -> Any:
    """Return what the nodes that a parser has composed say."""
    return None if node is None else parser.constructor.construct_document(node)


def read_yaml(path: Path, text: str) -> tuple[dict[str, Any], dict[Location, int]]:
    """Parse front matter; its first line is the file's second. Raises LessonFileError."""
    lines: dict[Location, int] = {}
    try:
        parser = yaml_parser()
        node = parser.compose(text)
        add_yaml_lines(path, node, (), lines)
        data = construct_yaml(parser, node)
    except MarkedYAMLError as error:
        line = error.problem_mark.line if error.problem_mark else 0
        raise LessonFileError(path, line + 2, "syntax", error.problem or "is not YAML") from error
    except YAMLError as error:
        raise LessonFileError(path, 1, "syntax", f"is not YAML: {error}") from error
    except (ValueError, RecursionError) as error:  # an impossible date; nested too deeply
        raise LessonFileError(path, 1, "syntax", f"is not YAML that can be used: {error}") from error
    if not isinstance(data, dict):
        raise LessonFileError(path, 1, "front matter", "must be fields, as in `title: …`")
    return data, lines


def add_yaml_lines(path: Path, node: Node | None, prefix: Location, lines: dict[Location, int]) -> None:
    """Add the line of every key and item; marks count from 0. Raises LessonFileError."""
    if isinstance(node, MappingNode):
        for key, value in node.value:
            location = (*prefix, str(key.value))
            line = key.start_mark.line + 2
            if location in lines:
                raise LessonFileError(path, line, field_name(location), "is there twice")
            lines[location] = line
            add_yaml_lines(path, value, location, lines)
    elif isinstance(node, SequenceNode):
        for index, item in enumerate(node.value):
            lines[(*prefix, index)] = item.start_mark.line + 2
            add_yaml_lines(path, item, (*prefix, index), lines)
