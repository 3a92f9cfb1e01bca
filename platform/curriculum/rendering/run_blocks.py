"""Read what a block of code says of itself: where it runs, and what it prints there.

```bash run=box prints="Debian" exit=0
```bash run=box interrupt
```dockerfile save=/root/Dockerfile in=box

Students see *Run* or *Save*, and what a block has to print when it prints something else;
`manage.py verify_lessons` types or writes the block and compares.
"""

import re
import shlex
from dataclasses import dataclass

# What can be typed at a shell's prompt as it stands.
RUNNABLE_LANGUAGES = ("bash", "sh")
ANY_EXIT = "any"
STATEMENTS = ("prints", "lacks", "matches", "exit", "until")
OPTIONS = ("run", *STATEMENTS, "save", "in")
# Options without a value.
FLAGS = ("interrupt",)
KNOWN = (
    "run=<machine> and, with it, interrupt, prints, lacks, matches, exit and until; or save=<path>"
    " and, with it, in=<machine>"
)
# Of a path in a machine.
PATH_CHARS = 200


class BadOption(ValueError):
    """Say what is wrong with an option of a block; `name` is the field of the fault."""

    def __init__(self, message: str, name: str = "code") -> None:
        super().__init__(message)
        self.name = name


@dataclass(frozen=True)
class RunBlock:
    """Hold a block that runs in a machine or becomes a file there, and what it states about that.

    `prints` are texts in what it prints, `lacks` texts that are not, `matches` regular expressions
    (MULTILINE). `exit_code` is None where any will do. `until` ends a block that does not end by
    itself: once it has printed this, Ctrl-C is pressed. `interrupt`: what runs in the terminal is
    stopped first. `save` is the path of the file that the block is written to, "" for a block that
    is typed. `line` counts from 0 in the text.
    """

    machine: str
    code: str
    line: int
    prints: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    matches: tuple[str, ...] = ()
    exit_code: int | None = 0
    until: str = ""
    interrupt: bool = False
    save: str = ""


def read_options(info: str) -> tuple[str, dict[str, list[str]]]:
    """Return the language of a fence's info string, and its options. Raises BadOption."""
    try:
        language, *words = shlex.split(info) or [""]
    except ValueError as error:
        raise BadOption("has a quotation mark that is not closed") from error
    options: dict[str, list[str]] = {}
    for word in words:
        name, equals_sign, value = word.partition("=")
        if name not in (OPTIONS if equals_sign else FLAGS):
            raise BadOption(f"has an unknown option {word}; known are {KNOWN}")
        options.setdefault(name, []).append(value)
    return language, options


def read_block(
    language: str, options: dict[str, list[str]], code: str, line: int, machines: frozenset[str]
) -> RunBlock | None:
    """Return a block that runs or is saved in a machine, None for any other. Raises BadOption."""
    if not options:
        return None
    if "save" in options:
        return read_saved_block(options, code, line, machines)
    if "run" not in options:
        name = next(iter(options))
        needed = "save=<path>" if name == "in" else "run=<machine>"
        raise BadOption(f"{name} takes {needed} beside it")
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
        interrupt="interrupt" in options,
    )


def read_saved_block(
    options: dict[str, list[str]], code: str, line: int, machines: frozenset[str]
) -> RunBlock:
    """Return a block that becomes a file. Raises BadOption."""
    if others := [name for name in options if name not in ("save", "in")]:
        raise BadOption(f"save takes in=<machine> beside it, not {others[0]}", "save")
    machine = only("in", options) or (next(iter(machines)) if len(machines) == 1 else "")
    if machine not in machines:
        wrong = machine or "(nothing): say which with in=<machine>"
        raise BadOption(f"the lesson has no machine named {wrong}", "save")
    path = only("save", options)
    if not is_file_path(path):
        raise BadOption("must be the whole path of a file, such as /root/Dockerfile", "save")
    return RunBlock(machine=machine, code=code, line=line, save=path)


def is_file_path(path: str) -> bool:
    """Whether this is the whole path of a file, as a machine has it."""
    names = path.split("/")[1:]
    plain = path.isprintable() and len(path) <= PATH_CHARS
    return path.startswith("/") and plain and all(name not in ("", ".", "..") for name in names)


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
