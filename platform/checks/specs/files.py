"""Checks of files."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from checks.specs.base import AnyPath, TextCheck

# Facts that the outer engine measures about a machine, so that an expected value need not be written down.
FactName = Literal["kernel", "memory_bytes", "pids_max", "cpus", "hostname", "init"]

FileType = Literal["any", "regular", "directory", "symlink"]

# Folders that the kernel or a tmpfs provides: what lies there is in no snapshot, so a file check can't see it.
UNSEEN_FOLDERS = ("/proc", "/sys", "/dev", "/run", "/tmp")  # noqa: S108  refused, not used


def _stored_path(value: str) -> str:
    for folder in UNSEEN_FOLDERS:
        if value == folder or value.startswith(f"{folder}/"):
            raise PydanticCustomError("path", "lies in {folder}, which no snapshot holds", {"folder": folder})
    return value


FilePath = Annotated[AnyPath, AfterValidator(_stored_path)]


# Bits as chmod(1) takes them.
Mode = Annotated[str, StringConstraints(pattern=r"^[0-7]{3,4}$")]


class FileCheck(TextCheck):
    """What is at a path: nothing, or something of this type, mode and owner. With a matcher it is a regular file whose
    content fits; `equals_fact` holds that against what the engine measures of the machine."""

    kind: Literal["file"] = "file"
    path: Annotated[FilePath, Field(description="Absolute, as in /root/answer.")]
    exists: Annotated[bool, Field(strict=True, description="No: nothing may be there.")] = True
    type: Annotated[FileType | None, Field(description="What it has to be.")] = None
    mode: Annotated[Mode | None, Field(description="Its mode in octal, as in 0640.")] = None
    owner: Annotated[
        int | None, Field(strict=True, ge=0, le=65535, description="Its owner's number in the machine; root is 0.")
    ] = None
    equals_fact: Annotated[FactName | None, Field(description="What the platform measures of the machine.")] = None

    def matchers(self) -> tuple[str, ...]:
        """The names of the matchers that are set."""
        return super().matchers() + (("equals_fact",) if self.equals_fact else ())

    def wanted(self) -> tuple[str, ...]:
        """The names of all that is asked of what is there."""
        return tuple(name for name in ("type", "mode", "owner") if getattr(self, name) is not None) + self.matchers()

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        wanted = self.wanted()
        if wanted and not self.exists:
            raise PydanticCustomError("exists", "nothing has no {name}", {"name": wanted[0], "at": (wanted[0],)})
        if self.matchers() and self.type in ("directory", "symlink"):
            raise PydanticCustomError("type", "only regular files have content that is read", {"at": ("type",)})
        return self

    @model_validator(mode="after")
    def _asks_for_something(self) -> Self:
        if not self.wanted() and self.exists:
            words = "needs one of type, mode, owner, equals, contains, contains_each, matches, equals_fact"
            raise PydanticCustomError("matchers", words)
        return self
