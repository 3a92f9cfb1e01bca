"""Checks that an author writes in Python."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from checks.specs.base import BaseCheck
from checks.specs.files import FilePath


def _python(value: str) -> str:
    try:
        compile(value, "script", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise PydanticCustomError("python", "is not Python: {why}", {"why": str(error)}) from error
    return value


Python = Annotated[
    str,
    StringConstraints(min_length=1, max_length=20_000),
    AfterValidator(_python),
    Field(json_schema_extra={"format": "code"}),
]


class ScriptCheck(BaseCheck):
    """A Python script that reads the evidence of all the exercise's checks, with these files of the machine, and prints
    what it makes of it. It runs in a container of its own, never in the machine."""

    kind: Literal["script"] = "script"
    script: Annotated[Python, Field(description="Prints one JSON object with points and found.")]
    files: Annotated[
        tuple[FilePath, ...], Field(max_length=20, description="Files of the machine that it reads, one a line.")
    ] = ()
    timeout_seconds: Annotated[int, Field(strict=True, ge=1, le=20)] = 5
