"""Say what can be wrong with lesson files.

A fault names the file, the line and the field; all are reported at once.
"""

from collections.abc import Iterable
from pathlib import Path


class LessonFileError(Exception):
    """Report one fault in one file, as `path:line: field: message`.

    `line` counts from 1. `text_line` counts from the first line below front matter that is not
    empty, for faults of that text.
    """

    def __init__(
        self, file: Path, line: int, field: str, message: str, text_line: int | None = None
    ) -> None:
        super().__init__(f"{file}:{line}: {field}: {message}")
        self.file = file
        self.line = line
        self.field = field
        self.message = message
        self.text_line = text_line


class InvalidLessonFiles(Exception):
    """Report all faults of one reading, by file and line."""

    def __init__(self, errors: Iterable[LessonFileError]) -> None:
        self.errors = tuple(sorted(errors, key=lambda error: (str(error.file), error.line)))
        super().__init__("\n".join(str(error) for error in self.errors))


class UnusablePicture(Exception):
    """Refuse a file that may not stand in a page; its text goes on from "The file"."""
