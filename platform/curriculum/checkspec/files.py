"""Checks of files."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from curriculum.checkspec.base import AnyPath, TextCheck

# Facts that the outer engine measures about a machine, so that an expected value need not be written down.
FactName = Literal["kernel", "memory_bytes", "pids_max", "cpus", "hostname", "init"]

# Folders that the kernel or a tmpfs provides: what lies there is in no snapshot, so a file check can't see it.
UNSEEN_FOLDERS = ("/proc", "/sys", "/dev", "/run", "/tmp")  # noqa: S108  refused, not used


def _stored_path(value: str) -> str:
    for folder in UNSEEN_FOLDERS:
        if value == folder or value.startswith(f"{folder}/"):
            raise PydanticCustomError("path", "lies in {folder}, which no snapshot holds", {"folder": folder})
    return value


FilePath = Annotated[AnyPath, AfterValidator(_stored_path)]


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
