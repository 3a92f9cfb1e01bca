"""Ask to match each item on the left with one on the right."""

from collections.abc import Iterator
from fractions import Fraction
from html import escape
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from core.specs.outcomes import EvidenceMissing, printable
from questions.answers import read_key
from questions.base import (
    BaseQuestion,
    Grade,
    Json,
    MarkdownText,
    Part,
    Plain,
    Render,
    Short,
    key_of,
    refuse_reworded,
    shuffled,
)
from questions.errors import AnswerRefused
from questions.registry import QUESTION_KINDS


class Pair(Part):
    """Hold what belongs together."""

    left: Annotated[Short, Field(description="One paragraph of Markdown.")]
    right: Annotated[
        Plain, Field(description="What belongs to it; no Markdown. Several may have the same.")
    ]

    @property
    def key(self) -> str:
        """Return what stands for its left side in answers."""
        return key_of(self.left)


@QUESTION_KINDS.register(position=60)
class MatchQuestion(BaseQuestion):
    """Ask which right side belongs to each left side. Each counts alone.

    An answer has the key of a right side by the key of each left one.
    """

    template: ClassVar[str] = "learn/questions/_match.html"
    answer_format: ClassVar[str] = "the key of a choice by that of each left side"
    expected: ClassVar[str] = "what belongs to each"

    kind: Literal["match"] = "match"
    shuffle: Annotated[
        bool, Field(description="Each student gets them in an order of their own.")
    ] = True
    pairs: Annotated[tuple[Pair, ...], Field(min_length=2, max_length=12)]
    extra: Annotated[
        tuple[Plain, ...],
        Field(max_length=10, description="More to choose from, which belongs to nothing."),
    ] = ()

    @property
    def choices(self) -> tuple[str, ...]:
        """Return the right sides to choose from."""
        return tuple(dict.fromkeys((*(pair.right for pair in self.pairs), *self.extra)))

    @property
    def key(self) -> dict[str, str]:
        """Map each left side's key to its right side's."""
        return {pair.key: key_of(pair.right) for pair in self.pairs}

    @model_validator(mode="after")
    def refuse_same_sides(self) -> Self:
        """Raise PydanticCustomError at a left side that is there twice, or for a lone right one."""
        lefts = [pair.left for pair in self.pairs]
        for index, left in enumerate(lefts):
            if left in lefts[:index]:
                context = {"text": left, "at": ("pairs", index, "left")}
                raise PydanticCustomError("twice", "“{text}” is there twice", context)
        if len(self.choices) < 2:
            raise PydanticCustomError(
                "choices", "needs two different right sides at least", {"at": ("pairs",)}
            )
        return self

    def texts(self) -> Iterator[MarkdownText]:
        """Return every Markdown text, those of the left sides too."""
        yield from super().texts()
        for index, pair in enumerate(self.pairs):
            yield MarkdownText(("pairs", index, "left"), pair.left, True)

    def present(self, seed: str, inline: Render) -> Json:
        """Return the left sides, and what there is to choose from."""
        pairs, choices = list(self.pairs), list(self.choices)
        if self.shuffle:
            pairs, choices = shuffled(pairs, f"{seed}:left"), shuffled(choices, f"{seed}:right")
        return {
            "lefts": [{"key": pair.key, "html": inline(pair.left)} for pair in pairs],
            "choices": [{"key": key_of(choice), "text": choice} for choice in choices],
        }

    def read_answer(self, raw: Any) -> dict[str, str | None] | None:
        """Return what was chosen for each left side, None where nothing was."""
        if not isinstance(raw, dict):
            raise AnswerRefused("must name a right side for each left one")
        for left in raw:
            read_key(left, self.key)
        keys = [key_of(choice) for choice in self.choices]
        chosen = {left: raw.get(left) or None for left in self.key}
        answer = {left: right and read_key(right, keys) for left, right in chosen.items()}
        return answer if any(answer.values()) else None

    def grade(self, answer: dict[str, str | None]) -> Grade:
        """Count the pairs that belong together."""
        if answer.keys() != self.key.keys():
            raise EvidenceMissing("The left sides are not those that the question has now.")
        texts = {key_of(choice): choice for choice in self.choices}
        refuse_reworded((right for right in answer.values() if right), texts)
        right = sum(answer[left] == key for left, key in self.key.items())
        chosen = [(pair.left, answer[pair.key]) for pair in self.pairs]
        observed = "; ".join(f"{left}: {texts[key]}" for left, key in chosen if key)
        return Grade(Fraction(right, len(self.pairs)), printable(observed))

    def marks(self, answer: Any, *, revealed: bool, block: Render) -> Json:
        """Mark each left side that something was chosen for."""
        return {
            left: {"right": self.key.get(left) == right, "explanation": ""}
            for left, right in (answer or {}).items()
            if right
        }

    def solution(self, inline: Render) -> list[str]:
        """Return the pairs."""
        return [f"{inline(pair.left)}: {escape(pair.right)}" for pair in self.pairs]

    def right_answer(self) -> dict[str, str]:
        """Map each left side's key to its right side's."""
        return self.key

    def wrong_answers(self) -> Iterator[tuple[str, dict[str, str]]]:
        """Return the key with one pair that does not belong together."""
        for pair in self.pairs:
            other = next(choice for choice in self.choices if choice != pair.right)
            yield f"“{pair.left}” with “{other}”", {**self.key, pair.key: key_of(other)}
