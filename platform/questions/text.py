"""Ask for a word or a few."""

import unicodedata
from fractions import Fraction
from html import escape
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from core.specs import patterns
from core.specs.fields import Regex
from core.specs.outcomes import quoted
from questions.answers import read_text
from questions.base import BaseQuestion, Grade, Plain, Render
from questions.registry import QUESTION_KINDS


@QUESTION_KINDS.register(position=40)
class TextQuestion(BaseQuestion):
    """Ask for a word or a few. An answer is a text.

    `accepted` are compared without regard to case and white space, and the first of them is shown
    as the solution; `matches` is a regular expression that fits the whole of other right answers,
    in any case, their white space made single spaces.
    """

    template: ClassVar[str] = "learn/questions/_text.html"
    answer_format: ClassVar[str] = "a text"
    expected: ClassVar[str] = "the right word or words"

    kind: Literal["short-text"] = "short-text"
    accepted: Annotated[
        tuple[Plain, ...],
        Field(
            min_length=1,
            max_length=30,
            description="Right answers, the best first. Case and spaces don't matter.",
        ),
    ]
    matches: Annotated[
        Regex | None,
        Field(description="A regular expression for the whole of further ones."),
    ] = None

    def read_answer(self, raw: Any) -> str | None:
        """Return the text without white space at both ends."""
        return read_text(raw).strip() or None

    def grade(self, answer: str) -> Grade:
        """Compare the text with those that are accepted."""
        plain = normalized(answer)
        accepted = (normalized(text).casefold() for text in self.accepted)
        right = plain.casefold() in accepted
        if not right and self.matches is not None:
            right = patterns.matches_all(self.matches, plain)
        return Grade(Fraction(right), quoted(answer))

    def solution(self, inline: Render) -> list[str]:
        """Return the best of the right answers."""
        return [escape(self.accepted[0])]

    def right_answer(self) -> str:
        """Return the best of the right answers."""
        return self.accepted[0]


def normalized(text: str) -> str:
    """Return a text with single spaces, and with one code for what looks the same."""
    return " ".join(unicodedata.normalize("NFKC", text).split())
