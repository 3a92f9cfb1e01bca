"""Check the Dockerfiles of lessons.

The engine's own builder builds them, so what is checked is where images come from, and what would
make a machine differ from others: volumes, whose size can't be limited.

A check that reads a file otherwise than the builder does is none. So this reads as Docker's parser
does (moby/buildkit, frontend/dockerfile/parser), and what builders of different ages read in
different ways is refused: heredocs, which the classic builder takes for instructions, a doubled
escape at the end of a line, and characters that only look like a space or the end of a line.

Source: https://docs.docker.com/reference/dockerfile/
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sandboxes.machine_types.images import image_allowed, tag_of
from sandboxes.machine_types.registry import type_names

OWN_PREFIX = "drydock/"
BLANKS = " \t"
# What the parser calls a directive: anything of that form, until the first line of another form.
DIRECTIVE = re.compile(r"^#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*$")
# An image's name and nothing that the builder would first expand or unquote.
PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/:@-]*")
PLAIN_OPTION = re.compile(r"--[a-z-]+(=[A-Za-z0-9._/:@,=+$-]*)?")
HEREDOC = re.compile(r"(?:^|\s)\d*<<-?[^<\s]")
REMOTE = re.compile(r"[a-z+.-]+://|git@", re.IGNORECASE)

Fault = tuple[int, str, str]  # line, instruction and what is wrong with it


@dataclass(frozen=True)
class Instruction:
    """Hold an instruction: its first line, its word in capitals, its options and its arguments."""

    line: int
    word: str
    options: tuple[str, ...]
    arguments: str

    @property
    def sources(self) -> Iterator[str]:
        """Yield the images that `--from=` names."""
        for option in self.options:
            name, _, value = option.partition("=")
            if name.lower() == "--from":
                yield value


def dockerfile_faults(text: str, allowed: Iterable[str]) -> list[Fault]:
    """Find the faults of a Dockerfile; `allowed` are the operator's patterns of images."""
    allowed = list(allowed)
    faults = [*character_faults(text), *directive_faults(text)]
    if faults:  # nothing after them could be trusted to be read as the builder does
        return faults
    found = instructions(text)
    if not any(each.word == "FROM" for each in found):
        faults.append((1, "FROM", "is missing"))
    stages: set[str] = set()
    for each in found:
        faults += [(each.line, each.word, message) for message in check(each, stages, allowed)]
        words = each.arguments.split()
        if each.word == "FROM" and len(words) == 3:
            stages.add(words[2].lower())
    return faults


def character_faults(text: str) -> Iterator[Fault]:
    """Yield the characters on which Docker's and other readers of text disagree."""
    for number, line in enumerate(lines_of(text), start=1):
        for character in line:
            if character not in BLANKS and (
                character.isspace() or unicodedata.category(character) in ("Cc", "Cf")
            ):
                yield number, "text", f"has a character (U+{ord(character):04X}) that can't be used"
                break
        ending = line.rstrip(BLANKS)
        if ending.endswith(("\\\\", "``")):
            yield number, "text", "ends with an escape twice, which builders read in two ways"


def directive_faults(text: str) -> Iterator[Fault]:
    """Yield the parser directives, which stand at the head or nowhere."""
    for number, line in enumerate(lines_of(text), start=1):
        match = DIRECTIVE.match(line.strip(BLANKS))
        if not match:
            return
        if match[1].lower() in ("syntax", "escape", "check"):
            yield number, "directive", "can't be used here"


def lines_of(text: str) -> list[str]:
    """Split a Dockerfile as Docker does: at line feeds, with or without a carriage return."""
    lines = text.removeprefix("\ufeff").split("\n")
    return [line.removesuffix("\r") for line in lines]


def instructions(text: str) -> list[Instruction]:
    """Return every instruction, put together from its lines."""
    result: list[Instruction] = []
    first_line, parts = 0, list[str]()
    for number, line in enumerate(lines_of(text), start=1):
        # Comments and empty lines are left out in the middle of an instruction, too.
        if not (stripped := line.strip(BLANKS)) or stripped.startswith("#"):
            continue
        first_line = first_line if parts else number
        continues = stripped.endswith("\\")
        # What a continued line ends and the next one begins with is one text without a space.
        parts.append(line.rstrip(BLANKS)[:-1] if continues else line)
        if not continues:
            result.append(parse(first_line, "".join(parts)))
            parts = []
    if parts:
        result.append(parse(first_line, "".join(parts)))
    return result


def parse(line: int, text: str) -> Instruction:
    """Split an instruction into its word, its options and the rest."""
    word, *rest = text.strip(BLANKS).split(maxsplit=1)
    options, arguments = split_options("".join(rest))
    return Instruction(line, word.upper(), tuple(options), arguments.strip(BLANKS))


def split_options(text: str) -> tuple[list[str], str]:
    """Take the options off, as parser.extractBuilderFlags does: quotes and escapes are undone."""
    options: list[str] = []
    rest = text.lstrip(BLANKS)
    while rest.startswith("--"):
        word, quote, at = "", "", 0
        while at < len(rest):
            character = rest[at]
            if character == "\\" and quote != "'" and at + 1 < len(rest):
                at += 1
                word += rest[at]
            elif quote or character in "'\"":
                quote, word = toggle(quote, character, word)
            elif character in BLANKS:
                break
            else:
                word += character
            at += 1
        rest = rest[at:].lstrip(BLANKS)
        if word == "--":
            break
        options.append(word)
    return options, rest


def toggle(quote: str, character: str, word: str) -> tuple[str, str]:
    """Read a character at or in quotes; return the open quote and the word so far."""
    if not quote:
        return character, word
    return ("", word) if character == quote else (quote, word + character)


def check(each: Instruction, stages: set[str], allowed: list[str]) -> Iterator[str]:
    """Yield what is wrong with an instruction; `stages` are the names of those above it."""
    if each.word == "VOLUME":
        yield "can't be used: a volume's size can't be limited"
    elif each.word == "ONBUILD":
        yield "can't be used: nothing is built from a machine's image"
    elif each.word == "FROM":
        yield from check_from(each, stages, allowed)
    elif each.word in ("COPY", "ADD", "RUN"):
        yield from check_files(each, stages, allowed)


def check_from(each: Instruction, stages: set[str], allowed: list[str]) -> Iterator[str]:
    words = each.arguments.split()
    if each.options:
        yield "takes no options here"
    elif len(words) == 1 or (len(words) == 3 and words[1].upper() == "AS"):
        yield from check_image(words[0], stages, allowed)
    else:
        yield "must be FROM image, or FROM image AS name"


def check_files(each: Instruction, stages: set[str], allowed: list[str]) -> Iterator[str]:
    """Yield what is wrong with an instruction that brings files in, or may in newer builders."""
    if HEREDOC.search(each.arguments):
        yield "can't have a heredoc (<<) here: write the text into a file and COPY it"
    for option in each.options:
        if not PLAIN_OPTION.fullmatch(option):
            yield f"must write its option plainly, without quotes or spaces: {option}"
        elif option.startswith("--mount"):
            yield "can't use --mount: the builder here does not know it"
    for image in each.sources:
        if not image.isdecimal():
            yield from check_image(image, stages, allowed)
    if each.word == "ADD" and (REMOTE.search(each.arguments) or "$" in each.arguments):
        yield "can't fetch anything: use COPY for the lesson's files, and RUN curl for the rest"


def check_image(image: str, stages: set[str], allowed: list[str]) -> Iterator[str]:
    """Yield what is wrong with the image that an instruction names."""
    own = [f"{OWN_PREFIX}{name}" for name in type_names()]
    if not PLAIN_NAME.fullmatch(image):
        yield "must name its image plainly, without variables or quotes"
    elif not (image.lower() in stages or image in own or image_allowed(image, allowed)):
        yield f"{image} is not allowed here; allowed are {', '.join([*own, *allowed])}"


def with_own_images(text: str, installation: str) -> str:
    """Write a Dockerfile anew, one instruction a line, for the builder to read what was checked.

    `drydock/linux` and the like become what this installation calls those images.
    """
    lines = []
    for each in instructions(text):
        options = [own_option(option, installation) for option in each.options]
        words = each.arguments.split()
        if each.word == "FROM" and words:
            words[0] = own_image(words[0], installation)
        arguments = " ".join(words) if each.word == "FROM" else each.arguments
        lines.append(" ".join([each.word, *options, arguments]))
    return "\n".join([*lines, ""])


def own_option(option: str, installation: str) -> str:
    name, _, value = option.partition("=")
    return f"{name}={own_image(value, installation)}" if name.lower() == "--from" else option


def own_image(image: str, installation: str) -> str:
    """Return what this installation calls an image that a Dockerfile names."""
    name = image.removeprefix(OWN_PREFIX)
    return tag_of(installation, name) if image != name and name in type_names() else image
