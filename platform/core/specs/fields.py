"""Define the types of fields that several kinds of checks and questions have."""

import re
from typing import Annotated, Any, get_args

import regex
from pydantic import (
    AfterValidator,
    Field,
    StringConstraints,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from core.specs.error_messages import shape

# In Go's templates, which Docker's --format takes, {{ end }} and the like mean something else.
TEMPLATE_WORDS = ("end", "else", "break", "continue")
# Stands for the value that a student has for one of an exercise's parameters.
NAME_IN_BRACES = (
    rf"\{{\{{[ \t]*(?!(?:{'|'.join(TEMPLATE_WORDS)})\b)(?P<name>[a-z][a-z0-9_]*)[ \t]*\}}\}}"
)
# One with its braces doubled, {{{{ name }}}}, is no placeholder: it stands for {{ name }} itself.
PLACEHOLDER = re.compile(rf"(?<!\{{\{{){NAME_IN_BRACES}(?!\}}\}})")
ESCAPED = re.compile(rf"\{{\{{(?P<braces>{NAME_IN_BRACES})\}}\}}")


SLUG = shape(
    r"^[a-z0-9]+(-[a-z0-9]+)*$",
    "must be small letters and digits, with single hyphens between them",
)
Slug = Annotated[str, StringConstraints(pattern=SLUG, max_length=50)]
# `format` tells forms how such a text is written: `lines` may be several, `markdown` gets the
# editor.
LINES = Field(json_schema_extra={"format": "lines"})
Prose = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000), LINES
]
Points = Annotated[int, Field(strict=True, ge=1, le=100)]


def refuse_bad_regex(value: str) -> str:
    """Return a regular expression that compiles. Raises PydanticCustomError for any other text."""
    try:
        regex.compile(value)
    except regex.error as error:
        raise PydanticCustomError(
            "regex", "is not a regular expression: {why}", {"why": str(error)}
        ) from error
    return value


def accept_placeholder(value: Any, validate: ValidatorFunctionWrapHandler) -> Any:
    """Validate a value, but accept any text with a placeholder."""
    try:
        return validate(value)
    except ValidationError:
        if isinstance(value, str) and PLACEHOLDER.search(value):
            return value
        raise


# Stands after constraints that a text with a placeholder can't meet yet: it is held against them
# again with each student's value.
OR_PLACEHOLDER = WrapValidator(accept_placeholder)
# Also tells curriculum.schema.placeholders that a text is a regular expression.
IS_REGEX = AfterValidator(refuse_bad_regex)
Regex = Annotated[str, StringConstraints(min_length=1, max_length=1000), IS_REGEX, OR_PLACEHOLDER]


def is_regex(field: FieldInfo) -> bool:
    """Whether a field's texts are regular expressions."""
    parts = get_args(field.annotation)
    return IS_REGEX in field.metadata or any(
        IS_REGEX in getattr(part, "__metadata__", ()) for part in parts
    )
