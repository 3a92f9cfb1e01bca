"""Ask for every option that is right."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, ClassVar, Literal, Self

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from questions.answers import read_keys
from questions.base import Grade, listed, refuse_reworded
from questions.options import PLACE, OptionsQuestion
from questions.registry import QUESTION_KINDS


@QUESTION_KINDS.register(position=20)
class MultipleQuestion(OptionsQuestion):
    """Ask for any number of options, but one at least. An answer is a list of their keys.

    Right ones less wrong ones count, never below nothing.
    """

    template: ClassVar[str] = "learn/questions/_multiple.html"
    answer_format: ClassVar[str] = "a list of keys"
    expected: ClassVar[str] = "every right option and no other"

    kind: Literal["multiple"] = "multiple"

    @model_validator(mode="after")
    def refuse_none_right(self) -> Self:
        """Raise PydanticCustomError unless an option is right."""
        if not self.right:
            raise PydanticCustomError("right", "needs a right option", {"at": PLACE})
        return self

    def read_answer(self, raw: Any) -> list[str]:
        """Return the keys of options, sorted."""
        return sorted(read_keys(raw, self.text_by_key))

    def grade(self, answer: list[str]) -> Grade:
        """Count right options less wrong ones, so that ticking everything earns about nothing."""
        refuse_reworded(answer, self.text_by_key)
        right = len(self.right.intersection(answer))
        wrong = len(answer) - right
        share = Fraction(max(0, right - wrong), len(self.right))
        return Grade(
            share, listed(self.text_by_key[key] for key in self.text_by_key if key in answer)
        )

    def right_answer(self) -> list[str]:
        """Return the keys of the right options, sorted."""
        return sorted(self.right)

    def wrong_answers(self) -> Iterator[tuple[str, list[str]]]:
        """Return the key with one option too many, or too few."""
        for option in self.options:
            preposition = "without" if option.right else "with"
            answer = sorted(self.right ^ {option.key})
            yield f"the key {preposition} “{option.text}”", answer
