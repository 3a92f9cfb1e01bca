"""Checks of what a command prints and of what runs."""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from checks.specs.base import OR_PLACEHOLDER, Argument, BaseCheck, Regex, TextCheck


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


# A process's name, of which the kernel keeps 15 bytes.
CommandName = Annotated[str, StringConstraints(pattern=r"^[^\s/\x00]+$", max_length=15), OR_PLACEHOLDER]


class ProcessCheck(BaseCheck):
    """At least `min_count` processes of the machine, as the host's kernel lists them, are named `command` and, if
    `args_match` is given, have a command line in which that regular expression is found."""

    kind: Literal["process"] = "process"
    command: Annotated[CommandName, Field(description="The process's name, as in /proc/<pid>/comm.")]
    args_match: Annotated[Regex | None, Field(description="A regular expression, found in the command line.")] = None
    min_count: Annotated[int, Field(strict=True, ge=1, le=100)] = 1
