"""What a quiz's questions look like: one frozen model a kind, told apart by `kind`.

A question holds its key, so it never leaves the server as it is: curriculum/rendering/quiz.py makes what students see. Options
and items are known by a key made of their text, so that an answer stays with the words that were chosen when an author
moves them; reworded ones are other ones.
"""

import hashlib
from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from checks.specs.base import LINES, Points, Regex, Slug
from core.units import UNITS

# Texts that are read beside a control: one paragraph of Markdown.
Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500), LINES]
# What stands in a list to choose from or is held against typed text: no Markdown.
Plain = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Explanation = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000), LINES]
Number = Annotated[float, Field(allow_inf_nan=False, ge=-1e15, le=1e15)]


def _known_unit(name: str) -> str:
    if name not in UNITS:
        known = ", ".join(filter(None, UNITS))
        raise PydanticCustomError("unit", "is not a unit; known are {known}", {"known": known})
    return name


UnitName = Annotated[
    str, AfterValidator(_known_unit), Field(json_schema_extra={"enum": [name for name in UNITS if name]})
]


def key_of(text: str) -> str:
    """What stands for an option, item or pair in answers: eight hex digits."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _refuse_same(texts: tuple[str, ...], *place: str) -> None:
    """Raise at the first text that has been there before; `place` is the field of each that holds it."""
    for index, text in enumerate(texts):
        if text in texts[:index]:
            raise PydanticCustomError("twice", "“{text}” is there twice", {"text": text, "at": (index, *place)})


class Part(BaseModel):
    """Frozen, and an unknown field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class BaseQuestion(Part):
    """What every question has. `message` and `explanation` are told after answering, never before. Of what checks may
    be, hidden and in an order, questions are neither."""

    after: ClassVar[tuple[str, ...]] = ()
    hidden: ClassVar[bool] = False
    id: Annotated[Slug, Field(description="A short name, once in the exercise.")]
    points: Points = 1
    text: Annotated[Short, Field(description="The question: one paragraph of Markdown.")]
    message: Annotated[
        Explanation, Field(description="Told after a wrong answer, without giving the right one away. Markdown.")
    ] = ""
    explanation: Annotated[
        Explanation, Field(description="Told once it is answered rightly, or the solution may be seen. Markdown.")
    ] = ""
    read: Annotated[Explanation, Field(description="Where to read on: name the section.")] = ""

    def words(self) -> Iterator[tuple[tuple[str | int, ...], str, bool]]:
        """Every Markdown text in it: its place, the text, and whether it has to be one paragraph."""
        yield ("text",), self.text, True
        yield ("message",), self.message, False
        yield ("explanation",), self.explanation, False


class Option(Part):
    """One answer to choose. `explanation` says why it is right or wrong, to who chose it."""

    text: Annotated[Short, Field(description="One paragraph of Markdown.")]
    right: Annotated[bool, Field(description="It belongs to the right answer.")] = False
    explanation: Annotated[
        Explanation, Field(description="Why it is right or wrong, told to who chose it. Markdown.")
    ] = ""
    pinned: Annotated[bool, Field(description="Stays below the shuffled ones, as “none of these” should.")] = False

    @property
    def key(self) -> str:
        """What stands for it in answers."""
        return key_of(self.text)


class _Choice(BaseQuestion):
    """A question with options to choose from."""

    shuffle: Annotated[bool, Field(description="Each student gets them in an order of their own.")] = True
    options: Annotated[tuple[Option, ...], Field(min_length=2, max_length=12)]

    @property
    def right(self) -> frozenset[str]:
        """The keys of the options that belong to the right answer."""
        return frozenset(option.key for option in self.options if option.right)

    def words(self) -> Iterator[tuple[tuple[str | int, ...], str, bool]]:
        """Those of the options, too."""
        yield from super().words()
        for index, option in enumerate(self.options):
            yield ("options", index, "text"), option.text, True
            yield ("options", index, "explanation"), option.explanation, False

    @field_validator("options")
    @classmethod
    def _options_differ(cls, options: tuple[Option, ...]) -> tuple[Option, ...]:
        _refuse_same(tuple(option.text for option in options), "text")
        return options


class SingleQuestion(_Choice):
    """Exactly one option is right."""

    kind: Literal["single"] = "single"

    @model_validator(mode="after")
    def _one_is_right(self) -> Self:
        if len(self.right) != 1:
            raise PydanticCustomError("right", "needs one right option, has {n}", {"n": len(self.right), "at": _AT})
        return self


class MultipleQuestion(_Choice):
    """Any number of options is right, but one at least. Right ones less wrong ones count, never below nothing."""

    kind: Literal["multiple"] = "multiple"

    @model_validator(mode="after")
    def _some_are_right(self) -> Self:
        if not self.right:
            raise PydanticCustomError("right", "needs a right option", {"at": _AT})
        return self


_AT = ("options",)


class NumberQuestion(BaseQuestion):
    """A number, in any unit of the same quantity. `tolerance` is in `unit`, `tolerance_percent` of the answer; one of
    the two at most. An answer in another unit may also be rounded to three digits or more."""

    kind: Literal["number"] = "number"
    answer: Annotated[Number, Field(description="The right number.")]
    unit: Annotated[UnitName, Field(description="Of the answer; students may choose another like it.")] = ""
    tolerance: Annotated[Number, Field(ge=0, description="How far off is still right, in the same unit.")] = 0.0
    tolerance_percent: Annotated[
        Number, Field(ge=0, le=100, description="Or how far off in per cent of the right number.")
    ] = 0.0

    @property
    def slack(self) -> float:
        """How far off is still right, in `unit`."""
        return self.tolerance or abs(self.answer) * self.tolerance_percent / 100

    @model_validator(mode="after")
    def _one_tolerance(self) -> Self:
        if self.tolerance and self.tolerance_percent:
            at = {"at": ("tolerance_percent",)}
            raise PydanticCustomError("two", "a number has tolerance or tolerance_percent, not both", at)
        return self


class TextQuestion(BaseQuestion):
    """A word or a few. `accepted` are compared without regard to case and white space, and the first of them is shown
    as the solution; `matches` is a regular expression that fits the whole of other right answers, in any case, their
    white space made single spaces."""

    kind: Literal["short-text"] = "short-text"
    accepted: Annotated[
        tuple[Plain, ...],
        Field(min_length=1, max_length=30, description="Right answers, the best first. Case and spaces don't matter."),
    ]
    matches: Annotated[Regex | None, Field(description="A regular expression for the whole of further ones.")] = None


class OrderQuestion(BaseQuestion):
    """Things to be put in order. Pairs of them in the right order less pairs in the wrong one count, never below
    nothing."""

    kind: Literal["order"] = "order"
    items: Annotated[tuple[Short, ...], Field(min_length=3, max_length=10, description="In the right order. Markdown.")]

    @property
    def keys(self) -> tuple[str, ...]:
        """What stands for the items in answers, in the right order."""
        return tuple(map(key_of, self.items))

    def words(self) -> Iterator[tuple[tuple[str | int, ...], str, bool]]:
        """Those of the items, too."""
        yield from super().words()
        for index, item in enumerate(self.items):
            yield ("items", index), item, True

    @field_validator("items")
    @classmethod
    def _items_differ(cls, items: tuple[str, ...]) -> tuple[str, ...]:
        _refuse_same(items)
        return items


class Pair(Part):
    """What belongs together."""

    left: Annotated[Short, Field(description="One paragraph of Markdown.")]
    right: Annotated[Plain, Field(description="What belongs to it; no Markdown. Several may have the same.")]

    @property
    def key(self) -> str:
        """What stands for its left side in answers."""
        return key_of(self.left)


class MatchQuestion(BaseQuestion):
    """For each thing on the left the one on the right that belongs to it. Each counts alone."""

    kind: Literal["match"] = "match"
    shuffle: Annotated[bool, Field(description="Each student gets them in an order of their own.")] = True
    pairs: Annotated[tuple[Pair, ...], Field(min_length=2, max_length=12)]
    extra: Annotated[
        tuple[Plain, ...], Field(max_length=10, description="More to choose from, which belongs to nothing.")
    ] = ()

    @property
    def choices(self) -> tuple[str, ...]:
        """What there is to choose from."""
        return tuple(dict.fromkeys((*(pair.right for pair in self.pairs), *self.extra)))

    @property
    def key(self) -> dict[str, str]:
        """The right answer: what stands for a right side, by what stands for its left one."""
        return {pair.key: key_of(pair.right) for pair in self.pairs}

    def words(self) -> Iterator[tuple[tuple[str | int, ...], str, bool]]:
        """Those of the left sides, too."""
        yield from super().words()
        for index, pair in enumerate(self.pairs):
            yield ("pairs", index, "left"), pair.left, True

    @model_validator(mode="after")
    def _sides_differ(self) -> Self:
        lefts = [pair.left for pair in self.pairs]
        for index, left in enumerate(lefts):
            if left in lefts[:index]:
                at = {"text": left, "at": ("pairs", index, "left")}
                raise PydanticCustomError("twice", "“{text}” is there twice", at)
        if len(self.choices) < 2:
            raise PydanticCustomError("choices", "needs two different right sides at least", {"at": ("pairs",)})
        return self


Question = Annotated[
    SingleQuestion | MultipleQuestion | NumberQuestion | TextQuestion | OrderQuestion | MatchQuestion,
    Field(discriminator="kind"),
]
