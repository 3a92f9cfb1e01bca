"""Define the outcomes of checks and questions; students read the messages."""

from dataclasses import dataclass
from fractions import Fraction

# What a student is shown of a text, in characters.
SHOWN = 160


class EvidenceError(Exception):
    """Say why evidence can't be graded; students read the message.

    `detail` is for authors and operators, such as the traceback of an author's script.
    """

    def __init__(self, message: str = "", detail: str = "") -> None:
        super().__init__(message)
        self.detail = detail


class EvidenceMissing(EvidenceError):
    """Say what could not be gathered: the platform's fault, never the student's."""


@dataclass(frozen=True)
class CheckOutcome:
    """Hold the outcome of a check or a question.

    `share` is the part of the points that somebody earns who has not passed; `message` stands in
    place of the author's. `measured` are a measurement's numbers, the student's and the platform's,
    in the base unit of their dimension (core.units).
    """

    passed: bool
    expected: str
    found: str
    share: Fraction = Fraction(0)
    message: str = ""
    measured: tuple[float, float] | None = None

    def earned(self, points: int) -> int:
        """Return whole points, rounded down: only who has passed gets all."""
        return points if self.passed else min(int(points * self.share), points - 1)


def printable(text: str, limit: int = SHOWN) -> str:
    """Cut a student's text to `limit` characters, all visible: escapes stand for the rest."""
    shown = text[:limit] + ("…" if len(text) > limit else "")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in shown)


def quoted(text: str) -> str:
    """Return a student's text as a part of a sentence."""
    if text.strip():
        return f"“{printable(text.strip())}”"
    return "nothing but white space" if text else "nothing"


def clean_text(text: str) -> str:
    """Replace zero bytes and lone surrogates, so that JSON and PostgreSQL can hold the text."""
    return text.replace("\0", "\ufffd").encode(errors="replace").decode()
