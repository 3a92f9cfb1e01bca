"""What an exercise's checks look like: one frozen model a kind, told apart by `kind`.

A check says where to look and what must be found there; how evidence is gathered and judged is grading's business.
To add a kind: write its model here, add it to `CheckSpec`, and give grading a collector and an evaluator for it.
"""

import posixpath
import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

# Facts that the outer engine measures about a machine, so that an expected value need not be written down.
FactName = Literal["kernel", "memory_bytes", "pids_max", "cpus", "hostname", "init"]

# Folders that the kernel or a tmpfs provides: what lies there is in no snapshot, so a file check can't see it.
UNSEEN_FOLDERS = ("/proc", "/sys", "/dev", "/run", "/tmp")  # noqa: S108  refused, not used

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=50)]
# `format` tells forms how such a text is written: `lines` may be several, `markdown` gets the editor.
LINES = Field(json_schema_extra={"format": "lines"})
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000), LINES]
Points = Annotated[int, Field(strict=True, ge=1, le=100)]


def _regex(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise PydanticCustomError("regex", "is not a regular expression: {why}", {"why": str(error)}) from error
    return value


def _absolute_path(value: str) -> str:
    if not value.startswith("/") or posixpath.normpath(value) != value or "\0" in value:
        raise PydanticCustomError("path", "must be an absolute path without '..', '//' or a final '/'")
    return value


def _stored_path(value: str) -> str:
    for folder in UNSEEN_FOLDERS:
        if value == folder or value.startswith(f"{folder}/"):
            raise PydanticCustomError("path", "lies in {folder}, which no snapshot holds", {"folder": folder})
    return value


def _no_nul(value: str) -> str:
    if "\0" in value:
        raise PydanticCustomError("argument", "holds a NUL byte")
    return value


# Also how one tells that a text is a regular expression.
IS_REGEX = AfterValidator(_regex)
Regex = Annotated[str, StringConstraints(min_length=1, max_length=1000), IS_REGEX]
Text = Annotated[str, StringConstraints(min_length=1, max_length=4000), LINES]
FilePath = Annotated[
    str, StringConstraints(max_length=1000), AfterValidator(_absolute_path), AfterValidator(_stored_path)
]
Argument = Annotated[str, StringConstraints(max_length=1000), AfterValidator(_no_nul)]


class BaseCheck(BaseModel):
    """What every check has. `message` tells the student what is wrong, `read` where to read on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[Slug, Field(description="A short name, once in the exercise; wrong answers name it.")]
    points: Points = 1
    message: Annotated[Words, Field(description="What is expected, for a student who does not have it yet. Markdown.")]
    read: Annotated[Words, Field(description="Where to read on: name the section.")]


class TextCheck(BaseCheck):
    """A check that holds a text against exactly one of these. All but `matches` ignore white space at both ends;
    `matches` is a Python regular expression, searched for anywhere in the text with MULTILINE."""

    equals: Annotated[Text | None, Field(description="All of it, white space at both ends aside.")] = None
    contains: Annotated[Text | None, Field(description="A part of it.")] = None
    matches: Annotated[Regex | None, Field(description="A regular expression, found anywhere.")] = None

    def matchers(self) -> tuple[str, ...]:
        """The names of the matchers that are set."""
        return tuple(name for name in ("equals", "contains", "matches") if getattr(self, name) is not None)

    @model_validator(mode="after")
    def _at_most_one(self) -> Self:
        names = self.matchers()
        if len(names) > 1:
            raise PydanticCustomError(
                "matchers", "may have one matcher, has {names}", {"names": " and ".join(names), "at": (names[1],)}
            )
        return self


class FileCheck(TextCheck):
    """The content of a regular file; `equals_fact` holds it against what the engine measures of the machine."""

    kind: Literal["file"] = "file"
    path: Annotated[FilePath, Field(description="Absolute, as in /root/answer.")]
    equals_fact: Annotated[FactName | None, Field(description="What the platform measures of the machine.")] = None

    def matchers(self) -> tuple[str, ...]:
        """The names of the matchers that are set."""
        return super().matchers() + (("equals_fact",) if self.equals_fact else ())

    @model_validator(mode="after")
    def _at_least_one(self) -> Self:
        if not self.matchers():
            raise PydanticCustomError("matchers", "needs one of equals, contains, matches, equals_fact")
        return self


class CommandCheck(TextCheck):
    """A command's exit code and, if a matcher is set, its standard output. It runs in a copy of the machine's disk
    with a clean environment, so it sees files, not the machine's running processes."""

    kind: Literal["command"] = "command"
    argv: Annotated[
        tuple[Argument, ...],
        Field(
            min_length=1, max_length=32, description="The program and its arguments, one a line; no shell in between."
        ),
    ]
    exit_code: Annotated[int, Field(strict=True, ge=0, le=255)] = 0
    timeout_seconds: Annotated[int, Field(strict=True, ge=1, le=20)] = 5

    @model_validator(mode="after")
    def _names_a_program(self) -> Self:
        if not self.argv[0].strip():
            raise PydanticCustomError("argv", "must begin with a program", {"at": ("argv",)})
        return self


class ProcessCheck(BaseCheck):
    """At least `min_count` processes of the machine, as the host's kernel lists them, are named `command` and, if
    `args_match` is given, have a command line in which that regular expression is found."""

    kind: Literal["process"] = "process"
    command: Annotated[  # the kernel keeps 15 bytes
        str,
        StringConstraints(pattern=r"^[^\s/\x00]+$", max_length=15),
        Field(description="The process's name, as in /proc/<pid>/comm."),
    ]
    args_match: Annotated[Regex | None, Field(description="A regular expression, found in the command line.")] = None
    min_count: Annotated[int, Field(strict=True, ge=1, le=100)] = 1


CheckSpec = Annotated[FileCheck | CommandCheck | ProcessCheck, Field(discriminator="kind")]
