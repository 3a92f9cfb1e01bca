"""Parse one lesson file, and remember on which line each of its fields stands."""

import codecs
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from curriculum.errors import LessonFileError
from curriculum.loader.contents import decode_text
from curriculum.schema.locations import Location, field_name

TABLE_HEADER = re.compile(r"^\s*(?P<open>\[{1,2})\s*(?P<key>[^\[\]]+?)\s*\]{1,2}\s*(#.*)?$")
KEY = re.compile(r"^\s*(?P<key>[A-Za-z0-9_-]+(\s*\.\s*[A-Za-z0-9_-]+)*)\s*=")
MULTI_LINE_QUOTES = re.compile(r'"""|\'\'\'')
TOML_ERROR_PLACE = re.compile(r"\s*\(at (?:line (?P<line>\d+), column \d+|end of document)\)$")
FRONT_MATTER = re.compile(
    r"\A---[ \t]*\n(?P<yaml>.*?)^---[ \t]*(?:\n|\Z)(?P<body>.*)\Z", re.DOTALL | re.MULTILINE
)
YAML_FIRST_LINE = 2  # below the line of ---; the parser counts from 0


@dataclass(frozen=True)
class Source:
    """Hold a parsed file.

    `data` is the front matter or the TOML, `lines` the line of each field in it, `body` the text
    below front matter, which begins on `body_line`.
    """

    path: Path
    data: dict[str, Any]
    lines: dict[Location, int] = field(default_factory=dict)
    body: str = ""
    body_line: int = 1

    def line_of(self, location: Location) -> int:
        """Return the line of a field, or of the nearest part around it that has one."""
        for length in range(len(location), 0, -1):
            if location[:length] in self.lines:
                return self.lines[location[:length]]
        return 1

    def error(self, location: Location, message: str) -> LessonFileError:
        """Return a fault of the field at this location."""
        return LessonFileError(self.path, self.line_of(location), field_name(location), message)


def read_text(path: Path) -> str:
    """Read a file as UTF-8 with plain line ends. Raises LessonFileError when it can't be."""
    try:
        return decode_text(path.read_bytes())
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        is_utf_16 = error.object.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        message = "is UTF-16 text: save it as UTF-8" if is_utf_16 else "is not UTF-8 text"
        raise LessonFileError(path, line, "file", message) from error
    except OSError as error:
        raise LessonFileError(path, 1, "file", f"cannot be read: {error.strerror}") from error


def read_toml(path: Path) -> Source:
    """Parse a TOML file. Raises LessonFileError."""
    text = read_text(path)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = TOML_ERROR_PLACE.search(str(error))
        line = int(place["line"]) if place and place["line"] else text.count("\n") + 1
        message = TOML_ERROR_PLACE.sub("", str(error))
        raise LessonFileError(path, line, "syntax", message) from error
    return Source(path, data, toml_lines(text))


def toml_lines(text: str) -> dict[Location, int]:
    """Return the line of every table and key; no library tells them.

    Keys inside an inline table have none of their own: the line of what holds them counts.
    """
    lines: dict[Location, int] = {}
    counts: dict[Location, int] = {}
    prefix: Location = ()
    in_string = False
    for number, line in enumerate(text.splitlines(), start=1):
        is_comment = line.lstrip().startswith("#") and not in_string
        quotes = 0 if is_comment else len(MULTI_LINE_QUOTES.findall(line))
        if not in_string:
            if header := TABLE_HEADER.match(line):
                prefix = table_location(header, counts)
                if isinstance(prefix[-1], int):
                    lines.setdefault(prefix[:-1], number)
                lines.setdefault(prefix, number)
            elif key := KEY.match(line):
                lines.setdefault(prefix + split_key(key["key"]), number)
        in_string ^= quotes % 2 == 1
    return lines


def split_key(key: str) -> Location:
    """Split a dotted key into its parts."""
    return tuple(part.strip().strip("\"'") for part in key.split("."))


def table_location(header: re.Match[str], counts: dict[Location, int]) -> Location:
    """Return where the keys below a table's header belong; `counts` numbers lists' rows.

    A table within a list, such as `[[a.b]]`, belongs to that list's last row.
    """
    *outer, name = split_key(header["key"])
    location: Location = ()
    for part in outer:
        location = (*location, part)
        location = (*location, counts[location]) if location in counts else location
    location = (*location, name)
    if header["open"] == "[":
        return location
    counts[location] = counts.get(location, -1) + 1
    return (*location, counts[location])


def read_front_matter(path: Path) -> Source:
    """Parse a Markdown file that begins with YAML between lines of `---`.

    Raises LessonFileError.
    """
    text = read_text(path)
    match = FRONT_MATTER.match(text)
    if match is None:
        message = "is missing: begin with --- and end it with another ---"
        raise LessonFileError(path, 1, "front matter", message)
    body_line = text[: match.start("body")].count("\n") + 1
    data, lines = parse_front_matter(path, match["yaml"])
    return Source(path, data, lines, match["body"], body_line)


def yaml_parser() -> YAML:
    """Return a parser and emitter of YAML 1.1, in which `yes` is true and 010 is eight."""
    parser = YAML(typ="safe", pure=True)
    parser.version = (1, 1)
    return parser


def construct_yaml(parser: YAML, node: Node | None) -> Any:
    """Return the data of the nodes that a parser has composed."""
    return None if node is None else parser.constructor.construct_document(node)


def parse_front_matter(path: Path, text: str) -> tuple[dict[str, Any], dict[Location, int]]:
    """Return a file's front matter and its fields' lines. Raises LessonFileError."""
    lines: dict[Location, int] = {}
    try:
        parser = yaml_parser()
        node = parser.compose(text)
        add_yaml_lines(path, node, (), lines)
        data = construct_yaml(parser, node)
    except MarkedYAMLError as error:
        line = error.problem_mark.line if error.problem_mark else 0
        message = error.problem or "is not YAML"
        raise LessonFileError(path, line + YAML_FIRST_LINE, "syntax", message) from error
    except YAMLError as error:
        raise LessonFileError(path, 1, "syntax", f"is not YAML: {error}") from error
    except (ValueError, RecursionError) as error:  # an impossible date; nested too deeply
        message = f"is not YAML that can be used: {error}"
        raise LessonFileError(path, 1, "syntax", message) from error
    if not isinstance(data, dict):
        raise LessonFileError(path, 1, "front matter", "must be fields, as in `title: …`")
    return data, lines


def add_yaml_lines(
    path: Path, node: Node | None, prefix: Location, lines: dict[Location, int]
) -> None:
    """Add the line of every key and item. Raises LessonFileError at a key that is there twice."""
    if isinstance(node, MappingNode):
        for key, value in node.value:
            location = (*prefix, str(key.value))
            line = key.start_mark.line + YAML_FIRST_LINE
            if location in lines:
                raise LessonFileError(path, line, field_name(location), "is there twice")
            lines[location] = line
            add_yaml_lines(path, value, location, lines)
    elif isinstance(node, SequenceNode):
        for index, item in enumerate(node.value):
            lines[(*prefix, index)] = item.start_mark.line + YAML_FIRST_LINE
            add_yaml_lines(path, item, (*prefix, index), lines)
