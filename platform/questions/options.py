"""Define what questions share that have options to choose from."""

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field, field_validator

from questions.base import (
    BaseQuestion,
    Explanation,
    Json,
    MarkdownText,
    Part,
    Render,
    Short,
    key_of,
    refuse_same,
    shuffled,
)

PLACE = ("options",)


class Option(Part):
    """Hold an answer to choose. `explanation` says why it is right or wrong, to who chose it."""

    text: Annotated[Short, Field(description="One paragraph of Markdown.")]
    right: Annotated[bool, Field(description="It belongs to the right answer.")] = False
    explanation: Annotated[
        Explanation,
        Field(description="Why it is right or wrong, told to who chose it. Markdown."),
    ] = ""
    pinned: Annotated[
        bool,
        Field(description="Stays below the shuffled ones, as “none of these” should."),
    ] = False

    @property
    def key(self) -> str:
        """Return what stands for it in answers."""
        return key_of(self.text)


class OptionsQuestion(BaseQuestion):
    """Ask to choose from options."""

    shuffle: Annotated[
        bool, Field(description="Each student gets them in an order of their own.")
    ] = True
    options: Annotated[tuple[Option, ...], Field(min_length=2, max_length=12)]

    @property
    def right(self) -> frozenset[str]:
        """Return the keys of the options that belong to the right answer."""
        return frozenset(option.key for option in self.options if option.right)

    @property
    def text_by_key(self) -> dict[str, str]:
        """Return the options' texts by their keys."""
        return {option.key: option.text for option in self.options}

    @field_validator("options")
    @classmethod
    def refuse_same_options(cls, options: tuple[Option, ...]) -> tuple[Option, ...]:
        """Raise PydanticCustomError at an option that is there twice."""
        refuse_same([option.text for option in options], "text")
        return options

    def texts(self) -> Iterator[MarkdownText]:
        """Return every Markdown text, those of the options too."""
        yield from super().texts()
        for index, option in enumerate(self.options):
            yield MarkdownText(("options", index, "text"), option.text, True)
            yield MarkdownText(("options", index, "explanation"), option.explanation, False)

    def present(self, seed: str, inline: Render) -> Json:
        """Return the options, those that are pinned last."""
        free = [option for option in self.options if not option.pinned]
        pinned = [option for option in self.options if option.pinned]
        order = [*(shuffled(free, seed) if self.shuffle else free), *pinned]
        options = [{"key": option.key, "html": inline(option.text)} for option in order]
        return {"options": options}

    def marks(self, answer: Any, *, revealed: bool, block: Render) -> Json:
        """Mark the options that were chosen, or all."""
        chosen = [answer] if isinstance(answer, str) else answer or []
        return {
            option.key: {"right": option.right, "explanation": block(option.explanation)}
            for option in self.options
            if revealed or option.key in chosen
        }

    def solution(self, inline: Render) -> list[str]:
        """Return the right options."""
        return [inline(option.text) for option in self.options if option.right]
