"""What every kind of check has: its fields, and the kinds of values that they take."""

import posixpath
from typing import Annotated, Any, Self

import regex
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from curriculum.schema.parameters import PLACEHOLDER

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=50)]
# `format` tells forms how such a text is written: `lines` may be several, `markdown` gets the editor.
LINES = Field(json_schema_extra={"format": "lines"})
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000), LINES]
Points = Annotated[int, Field(strict=True, ge=1, le=100)]


def _regex(value: str) -> str:
    try:
        regex.compile(value)
    except regex.error as error:
        raise PydanticCustomError("regex", "is not a regular expression: {why}", {"why": str(error)}) from error
    return value


def _absolute_path(value: str) -> str:
    if not value.startswith("/") or posixpath.normpath(value) != value or "\0" in value:
        raise PydanticCustomError("path", "must be an absolute path without '..', '//' or a final '/'")
    return value


def _no_nul(value: str) -> str:
    if "\0" in value:
        raise PydanticCustomError("argument", "holds a NUL byte")
    return value


def _or_placeholder(value: Any, valid: ValidatorFunctionWrapHandler) -> Any:
    try:
        return valid(value)
    except ValidationError:
        if isinstance(value, str) and PLACEHOLDER.search(value):
            return value
        raise


# After constraints that a text with a placeholder can't meet: it is held against them with each student's value.
OR_PLACEHOLDER = WrapValidator(_or_placeholder)
# Also how one tells that a text is a regular expression (curriculum.placeholders).
IS_REGEX = AfterValidator(_regex)
Regex = Annotated[str, StringConstraints(min_length=1, max_length=1000), IS_REGEX, OR_PLACEHOLDER]
Text = Annotated[str, StringConstraints(min_length=1, max_length=4000), LINES]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
MATCHERS = ("equals", "contains", "contains_each", "matches")
# A path in the machine, wherever it lies.
AnyPath = Annotated[str, StringConstraints(max_length=1000), AfterValidator(_absolute_path), OR_PLACEHOLDER]
Argument = Annotated[str, StringConstraints(max_length=1000), AfterValidator(_no_nul)]


class BaseCheck(BaseModel):
    """What every check has. `message` tells the student what is wrong, `read` where to read on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[Slug, Field(description="A short name, once in the exercise; wrong answers name it.")]
    points: Points = 1
    message: Annotated[Words, Field(description="What is expected, for a student who does not have it yet. Markdown.")]
    read: Annotated[Words, Field(description="Where to read on: name the section.")]
    after: Annotated[
        tuple[Slug, ...],
        Field(max_length=10, description="Checks above this one that must pass first; until then it waits."),
    ] = ()
    hidden: Annotated[bool, Field(description="Students are not told what was expected and found.")] = False


class TextCheck(BaseCheck):
    """A check that holds a text against one of these. All but `matches` ignore white space at both ends;
    `matches` is a Python regular expression, searched for anywhere in the text with MULTILINE."""

    equals: Annotated[Text | None, Field(description="All of it, white space at both ends aside.")] = None
    contains: Annotated[Text | None, Field(description="A part of it.")] = None
    contains_each: Annotated[
        tuple[Line, ...],
        Field(max_length=20, description="Parts of it, one a line; each earns an equal share of the points."),
    ] = ()
    matches: Annotated[Regex | None, Field(description="A regular expression, found anywhere.")] = None

    def matchers(self) -> tuple[str, ...]:
        """The names of the matchers that are set."""
        return tuple(name for name in MATCHERS if getattr(self, name) not in (None, ()))

    @model_validator(mode="after")
    def _at_most_one(self) -> Self:
        names = self.matchers()
        if len(names) > 1:
            raise PydanticCustomError(
                "matchers", "may have one matcher, has {names}", {"names": " and ".join(names), "at": (names[1],)}
            )
        return self
