"""Define what lessons, machines and images may be called."""

from typing import Annotated

from pydantic import StringConstraints

from core.specs.error_messages import shape

# Also the machine's host name: what RFC 1123 allows for a label, and short enough for a prompt.
MachineName = Annotated[
    str,
    StringConstraints(
        pattern=shape(
            r"^[a-z]([a-z0-9-]*[a-z0-9])?$",
            "must begin with a small letter and go on with small letters, digits and hyphens",
        ),
        max_length=20,
    ),
]
# A lesson of the same course, or course/lesson.
LessonName = Annotated[
    str,
    StringConstraints(
        pattern=shape(
            r"^[a-z0-9]+(-[a-z0-9]+)*(/[a-z0-9]+(-[a-z0-9]+)*)?$",
            "must be a lesson of this course, or course/lesson",
        ),
        max_length=101,
    ),
]
# An image's name as Docker has it, without a digest
# (https://pkg.go.dev/github.com/distribution/reference).
ImageName = Annotated[
    str,
    StringConstraints(
        pattern=shape(
            r"^[a-z0-9][a-z0-9._:/-]*(:[A-Za-z0-9_][A-Za-z0-9._-]*)?$",
            "must be an image's name, such as python:3.11",
        ),
        max_length=150,
    ),
]
