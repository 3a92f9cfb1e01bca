"""Read what a block of code says of itself: where it runs, and what it prints there.

```bash run=box prints="Debian" exit=0

Students see none of it but *Run*; `manage.py verify_lessons` types the block and compares.
"""

import re
import shlex
from dataclasses import dataclass

# What can be typed at a shell's prompt as it stands.
RUNNABLE_LANGUAGES = ("bash", "sh")
ANY_EXIT = "any"
OPTIONS = ("run", "prints", "lacks", "matches", "exit", "until")


class BadOption(ValueError):
    """Say what is wrong with an option of a block; `name` is the field of the fault."""

    def __init__(self, message: str, name: str = "code") -> None:
        super().__init__(message)
        self.name = name


@dataclass(frozen=True)
class RunBlock:
    """Hold a block that runs in a machine, and what it states about that.

    `prints` are texts in what it prints, `lacks` texts that are not, `matches` regular expressions
    (MULTILINE). `exit_code` is None where any will do. `until` ends a block that does not end by
    itself: once it has printed this, Ctrl-C is pressed. `line` counts from 0 in the text.
    """

    machine: str
    code: str
    line: int
    prints: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    matches: tuple[str, ...] = ()
    exit_code: int | None = 0
    until: str = ""


def read_options(info: str) -> tuple[str, dict[str, list[str]]]:
    """Return the language of a fence's info string, and its options. Raises BadOption."""
    try:
        language, *words = shlex.split(info) or [""]
    except ValueError as error:
        raise BadOption("has a quotation mark that is not closed") from error
    options: dict[str, list[str]] = {}
    for word in words:
        name, equals_sign, value = word.partition("=")
        if name not in OPTIONS or not equals_sign:
            known = "run=<machine> and, with it, prints, lacks, matches, exit and until"
            raise BadOption(f"has an unknown option {word}; known are {known}")
        options.setdefault(name, []).append(value)
    return language, options


def read_block(
    language: str, options: dict[str, list[str]], code: str, line: int, machines: frozenset[str]
) -> RunBlock | None:
    """Return a block that runs in a machine, None for any other. Raises BadOption."""
    if not options:
        return None
    if "run" not in options:
        raise BadOption(f"{next(iter(options))} takes run=<machine> beside it")
    machine = only("run", options)
    if machine not in machines:
        raise BadOption(f"the lesson has no machine named {machine or '(nothing)'}", "run")
    if language not in RUNNABLE_LANGUAGES:
        raise BadOption(
            f"only {' and '.join(RUNNABLE_LANGUAGES)} can be run, not {language}", "run"
        )
    for pattern in options.get("matches", ()):
        try:
            re.compile(pattern)
        except re.error as error:
            raise BadOption(f"is not a regular expression: {error}", "matches") from error
    return RunBlock(
        machine=machine,
        code=code,
        line=line,
        prints=tuple(options.get("prints", ())),
        lacks=tuple(options.get("lacks", ())),
        matches=tuple(options.get("matches", ())),
        exit_code=exit_code_of(only("exit", options, "0")),
        until=only("until", options, ""),
    )


def only(name: str, options: dict[str, list[str]], otherwise: str = "") -> str:
    """Return the value of an option that may be there once. Raises BadOption."""
    values = options.get(name, [otherwise])
    if len(values) > 1:
        raise BadOption("is there twice", name)
    return values[0]


def exit_code_of(text: str) -> int | None:
    """Return an exit code, None for any. Raises BadOption."""
    if text == ANY_EXIT:
        return None
    if not re.fullmatch(r"\d{1,3}", text, re.ASCII) or int(text) > 255:
        raise BadOption(f"must be a number from 0 to 255, or {ANY_EXIT}", "exit")
    return int(text)
