"""Ask for the one option that is right."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, ClassVar, Literal, Self

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from core.specs.outcomes import quoted
from questions.answers import read_key
from questions.base import Grade, refuse_reworded
from questions.options import PLACE, OptionsQuestion
from questions.registry import QUESTION_KINDS


@QUESTION_KINDS.register(position=10)
class SingleQuestion(OptionsQuestion):
    """Ask for exactly one option. An answer is its key."""

    template: ClassVar[str] = "learn/questions/_single.html"
    answer_format: ClassVar[str] = "the key of an option"
    expected: ClassVar[str] = "the one right option"

    kind: Literal["single"] = "single"

    @model_validator(mode="after")
    def refuse_several_right(self) -> Self:
        """Raise PydanticCustomError unless exactly one option is right."""
        if len(self.right) != 1:
            context = {"n": len(self.right), "at": PLACE}
            raise PydanticCustomError("right", "needs one right option, has {n}", context)
        return self

    def read_answer(self, raw: Any) -> str:
        """Return the key of an option."""
        return read_key(raw, self.text_by_key)

    def grade(self, answer: str) -> Grade:
        """Compare the option."""
        refuse_reworded([answer], self.text_by_key)
        return Grade(Fraction(answer in self.right), quoted(self.text_by_key[answer]))

    def right_answer(self) -> str:
        """Return the key of the right option."""
        return next(iter(self.right))

    def wrong_answers(self) -> Iterator[tuple[str, str]]:
        """Return every other option."""
        for option in self.options:
            if not option.right:
                yield f"“{option.text}”", option.key
