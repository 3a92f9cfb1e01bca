"""Ask to put things in order."""

import itertools
from collections.abc import Iterator
from fractions import Fraction
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, field_validator

from core.specs.outcomes import EvidenceMissing
from questions.answers import read_keys
from questions.base import (
    BaseQuestion,
    Grade,
    Json,
    MarkdownText,
    Render,
    Short,
    key_of,
    listed,
    refuse_same,
    shuffled,
)
from questions.errors import AnswerRefused
from questions.registry import QUESTION_KINDS


@QUESTION_KINDS.register(position=50)
class OrderQuestion(BaseQuestion):
    """Ask to put things in order. An answer is the list of all their keys.

    Pairs of them in the right order less pairs in the wrong one count, never below nothing.
    """

    template: ClassVar[str] = "learn/questions/_order.html"
    answer_format: ClassVar[str] = "the list of all keys"
    expected: ClassVar[str] = "everything in the right order"

    kind: Literal["order"] = "order"
    items: Annotated[
        tuple[Short, ...],
        Field(min_length=3, max_length=10, description="In the right order. Markdown."),
    ]

    @property
    def keys(self) -> tuple[str, ...]:
        """Return what stands for the items in answers, in the right order."""
        return tuple(map(key_of, self.items))

    @field_validator("items")
    @classmethod
    def refuse_same_items(cls, items: tuple[str, ...]) -> tuple[str, ...]:
        """Raise PydanticCustomError at an item that is there twice."""
        refuse_same(items)
        return items

    def texts(self) -> Iterator[MarkdownText]:
        """Return every Markdown text, those of the items too."""
        yield from super().texts()
        for index, item in enumerate(self.items):
            yield MarkdownText(("items", index), item, True)

    def present(self, seed: str, inline: Render) -> Json:
        """Return the items, never in the right order, so that an untouched list is wrong."""
        items = list(self.items)
        attempts = (shuffled(items, f"{seed}:{number}") for number in range(len(items) ** 2))
        order = next((attempt for attempt in attempts if attempt != items), items[::-1])
        return {"items": [{"key": key_of(item), "html": inline(item)} for item in order]}

    def read_answer(self, raw: Any) -> list[str]:
        """Return the keys of all items."""
        order = read_keys(raw, self.keys)
        if len(order) < len(self.keys):
            raise AnswerRefused(f"must have all {len(self.keys)} items")
        return order

    def grade(self, answer: list[str]) -> Grade:
        """Count pairs in the right order less pairs in the wrong one.

        A random order earns about nothing.
        """
        if set(answer) != set(self.keys):
            raise EvidenceMissing("The items are not those that the question has now.")
        place = {key: number for number, key in enumerate(self.keys)}
        pairs = list(itertools.combinations(answer, 2))
        right = sum(place[first] < place[second] for first, second in pairs)
        texts = dict(zip(self.keys, self.items, strict=True))
        share = Fraction(max(0, 2 * right - len(pairs)), len(pairs))
        return Grade(share, listed(texts[key] for key in answer))

    def solution(self, inline: Render) -> list[str]:
        """Return the items in order."""
        return [inline(item) for item in self.items]

    def right_answer(self) -> list[str]:
        """Return the keys in order."""
        return list(self.keys)

    def wrong_answers(self) -> Iterator[tuple[str, list[str]]]:
        """Return the order with two neighbours swapped."""
        for index, item in enumerate(self.items[1:]):
            keys = list(self.keys)
            keys[index], keys[index + 1] = keys[index + 1], keys[index]
            yield f"“{item}” a place too early", keys
