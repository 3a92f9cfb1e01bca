"""An author's regular expressions over a student's texts. Some need hours for a text that is made for it."""

from collections.abc import Iterator
from contextlib import contextmanager

import regex

from grading.errors import EvidenceMissing

SECONDS = 1.0


def found(pattern: str, text: str, flags: int = 0) -> bool:
    """Whether the pattern matches somewhere. Raises EvidenceMissing when that takes more than SECONDS."""
    with _in_time():
        return regex.search(pattern, text, flags, timeout=SECONDS) is not None


def fits(pattern: str, text: str) -> bool:
    """Whether all of the text fits the pattern, in upper or lower case. Raises as `found` does."""
    with _in_time():
        return regex.fullmatch(pattern, text, regex.IGNORECASE, timeout=SECONDS) is not None


@contextmanager
def _in_time() -> Iterator[None]:
    try:
        yield
    except TimeoutError as late:
        # Not which: a pattern may give the right answer away.
        raise EvidenceMissing("A pattern in this exercise takes too long to compare. Tell your instructor.") from late
