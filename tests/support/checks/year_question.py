"""Define a kind of question that the platform does not have: one module is all that it takes."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from core.specs.outcomes import quoted
from questions.base import BaseQuestion, Grade, Json, Render
from questions.errors import AnswerRefused


class YearQuestion(BaseQuestion):
    """Ask for a year. One that is a year off earns half. An answer is a whole number."""

    # A text field does for a year; a kind with a control of its own brings its own template.
    template: ClassVar[str] = "learn/questions/_text.html"
    expected: ClassVar[str] = "the right year"

    kind: Literal["year"] = "year"
    year: Annotated[int, Field(strict=True, ge=1900, le=2100, description="The right one.")]

    def present(self, seed: str, inline: Render) -> Json:
        """Return the century."""
        return {"century": self.year // 100}

    def read_answer(self, raw: Any) -> int:
        """Return the year."""
        if not str(raw).isdecimal():
            raise AnswerRefused("must be a year")
        return int(raw)

    def grade(self, answer: int) -> Grade:
        """Compare the year."""
        share = {0: Fraction(1), 1: Fraction(1, 2)}.get(abs(answer - self.year), Fraction(0))
        return Grade(share, quoted(str(answer)))

    def solution(self, inline: Render) -> list[str]:
        """Return the year."""
        return [str(self.year)]

    def right_answer(self) -> int:
        """Return the year."""
        return self.year

    def wrong_answers(self) -> Iterator[tuple[str, int]]:
        """Return the year after."""
        yield "the year after", self.year + 1
