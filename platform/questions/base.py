"""Define what every kind of question has, from its fields to what a student reads of an answer.

A kind of question is one module: a model with a `kind`, registered with questions.registry.

A question holds its key, so it never leaves the server as it is. Options and items are known by a
key made of their text, so that an answer stays with the words that were chosen when an author moves
them; reworded ones are other ones.
"""

import hashlib
import random
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Annotated, Any, ClassVar, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from core.specs.fields import LINES, Points, Slug
from core.specs.outcomes import CheckOutcome, EvidenceMissing, quoted

ItemT = TypeVar("ItemT")
Json = dict[str, Any]
# Turns Markdown into HTML.
Render = Callable[[str], str]

UNANSWERED = "no answer"
# Texts that are read beside a control: one paragraph of Markdown.
Short = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500), LINES
]
# What stands in a list to choose from or is held against typed text: no Markdown.
Plain = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Explanation = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000), LINES]


class MarkdownText(NamedTuple):
    """Hold a text of a question: its place, and whether it has to be `short`, one paragraph."""

    place: tuple[str | int, ...]
    text: str
    short: bool


class Grade(NamedTuple):
    """Hold what part of the points an answer earns, and what was answered, in words."""

    share: Fraction
    found: str


class Part(BaseModel):
    """Hold a part of a question: frozen, and an unknown field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class BaseQuestion(Part):
    """Hold the fields of every question, and say what its kind does.

    `message` and `explanation` are told after answering, never before.
    """

    # Of what checks may be or have, an order, hidden, words of their own, questions have none.
    after: ClassVar[tuple[str, ...]] = ()
    hidden: ClassVar[bool] = False
    describe: ClassVar[str | None] = None
    # Extends learn/_question.html.
    template: ClassVar[str]
    # What programs send as an answer, for the API's description.
    answer_format: ClassVar[str] = "any JSON"
    # What evaluating it expects, in words that don't give the right answer away: results are
    # stored, and sent whether or not the answer may be seen yet.
    expected: ClassVar[str]

    id: Annotated[Slug, Field(description="A short name, once in the exercise.")]
    points: Points = 1
    text: Annotated[Short, Field(description="The question: one paragraph of Markdown.")]
    message: Annotated[
        Explanation,
        Field(
            description="Told after a wrong answer, without giving the right one away. Markdown."
        ),
    ] = ""
    explanation: Annotated[
        Explanation,
        Field(
            description="Told once it is answered rightly, or the solution may be seen. Markdown."
        ),
    ] = ""
    read: Annotated[Explanation, Field(description="Where to read on: name the section.")] = ""

    def texts(self) -> Iterator[MarkdownText]:
        """Return every Markdown text in it."""
        yield MarkdownText(("text",), self.text, True)
        yield MarkdownText(("message",), self.message, False)
        yield MarkdownText(("explanation",), self.explanation, False)

    def present(self, seed: str, inline: Render) -> Json:
        """Return the choices as JSON; the same seed gives the same order."""
        return {}

    @abstractmethod
    def read_answer(self, raw: Any) -> Any:
        """Return what is stored for an answer as it was sent; None when it answers nothing.

        Raises AnswerRefused, BadQuantity.
        """

    @abstractmethod
    def grade(self, answer: Any) -> Grade:
        """Hold an answer against the key.

        Raises EvidenceMissing when the answer is one to another wording of the question.
        """

    def evaluate(self, evidence: Mapping[str, Any]) -> CheckOutcome:
        """Hold the answer in the evidence against the key: a pure function of both.

        Raises EvidenceMissing when the question was not asked, or with another wording.
        """
        if self.id not in evidence["answers"]:
            raise EvidenceMissing(f"The question {self.id} was not asked.")
        answer = evidence["answers"][self.id]
        grade = Grade(Fraction(0), UNANSWERED) if answer is None else self.grade(answer)
        return CheckOutcome(
            passed=grade.share == 1,
            expected=self.expected,
            found=grade.found,
            share=grade.share,
        )

    def marks(self, answer: Any, *, revealed: bool, block: Render) -> Json:
        """Return {"right", "explanation"} for each part of an answer that has a mark of its own.

        `revealed`: the key may be seen, so that parts which were not chosen get theirs too.
        """
        return {}

    @abstractmethod
    def solution(self, inline: Render) -> list[str]:
        """Return the right answer as HTML, a line for each of its parts."""

    @abstractmethod
    def right_answer(self) -> Any:
        """Return the right answer, in the form that answers are stored in."""

    def wrong_answers(self) -> Iterator[tuple[str, Any]]:
        """Return answers that the question itself names as wrong, each after what it is."""
        yield from ()


def key_of(text: str) -> str:
    """Return what stands for an option, item or pair in answers: eight hex digits."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def refuse_same(texts: Sequence[str], *place: str) -> None:
    """Raise at the first text that has been there before.

    `place` is the field of each that holds it.
    """
    for index, text in enumerate(texts):
        if text in texts[:index]:
            context = {"text": text, "at": (index, *place)}
            raise PydanticCustomError("twice", "“{text}” is there twice", context)


def refuse_reworded(keys: Iterable[str], known: Iterable[str]) -> None:
    """Raise EvidenceMissing for keys that the question does not have any more."""
    if set(keys) - set(known):
        raise EvidenceMissing("The answer is one that the question does not have any more.")


def listed(texts: Iterable[str]) -> str:
    """Return texts as a part of a sentence."""
    return ", ".join(quoted(text) for text in texts)


def shuffled(items: Sequence[ItemT], seed: str) -> list[ItemT]:
    """Return the items in the order of a seed."""
    order = list(items)
    random.Random(seed).shuffle(order)  # noqa: S311  an order for the eye, no secret
    return order
