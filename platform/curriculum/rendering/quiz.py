"""Questions as students see them: without their keys, each student's in an order of their own. And what is told of them
after answering.

What is made here is JSON that the page's template, the API and the admin's preview share.
"""

import random
import re
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from core.units import UNITS, siblings
from curriculum.rendering.markdown import render_markdown, render_text
from curriculum.rendering.page import RenderContext
from questions.specs import (
    MatchQuestion,
    MultipleQuestion,
    NumberQuestion,
    OrderQuestion,
    Question,
    SingleQuestion,
    key_of,
)

Json = dict[str, Any]
ItemT = TypeVar("ItemT")
_PARAGRAPH = re.compile(r"<p>((?:(?!</?p>).)*)</p>", re.DOTALL)


def text_problems(text: str, *, short: bool) -> list[str]:
    """What is wrong with a Markdown text of a question; a `short` one stands in a label."""
    problems = [f"{one.field} {one.message}" for one in render_text(text, context=RenderContext())[1]]
    if short and _PARAGRAPH.fullmatch(render_markdown(text).strip()) is None:
        problems.append("must be one paragraph, without lists, code blocks and pictures")
    return problems


def inline(text: str) -> str:
    """One paragraph of Markdown as HTML that may stand in a label."""
    html = render_markdown(text).strip()
    return html.removeprefix("<p>").removesuffix("</p>")


def present(questions: Iterable[Question], seed: str) -> list[Json]:
    """[{"id", "kind", "points", "text", and what there is to choose from}]: "options", "items" and "lefts" are [{"key",
    "html"}], "choices" are [{"key", "text"}], "units" are names, "unit" is the one to begin with. The same seed gives
    the same order."""
    return [_question(question, f"{seed}:{question.id}") for question in questions]


def _question(question: Question, seed: str) -> Json:
    shown: Json = {
        "id": question.id,
        "kind": question.kind,
        "points": question.points,
        "text": inline(question.text),
    }
    if isinstance(question, SingleQuestion | MultipleQuestion):
        return shown | {"options": _options(question, seed)}
    if isinstance(question, OrderQuestion):
        return shown | {"items": _items(question.items, seed)}
    if isinstance(question, MatchQuestion):
        return shown | _sides(question, seed)
    if isinstance(question, NumberQuestion):
        unit = UNITS[question.unit]
        return shown | {"unit": unit.name, "units": [one.name for one in siblings(unit) if one.name]}
    return shown


def _options(question: SingleQuestion | MultipleQuestion, seed: str) -> list[Json]:
    free = [option for option in question.options if not option.pinned]
    pinned = [option for option in question.options if option.pinned]
    order = [*(_shuffled(free, seed) if question.shuffle else free), *pinned]
    return [{"key": option.key, "html": inline(option.text)} for option in order]


def _items(items: Sequence[str], seed: str) -> list[Json]:
    """Never in the right order, so that whoever moves nothing has not answered."""
    tries = (_shuffled(items, f"{seed}:{number}") for number in range(len(items) ** 2))
    order = next((one for one in tries if one != list(items)), list(reversed(items)))
    return [{"key": key_of(item), "html": inline(item)} for item in order]


def _sides(question: MatchQuestion, seed: str) -> Json:
    lefts, choices = question.pairs, question.choices
    if question.shuffle:
        lefts, choices = tuple(_shuffled(lefts, f"{seed}:left")), tuple(_shuffled(choices, f"{seed}:right"))
    return {
        "lefts": [{"key": pair.key, "html": inline(pair.left)} for pair in lefts],
        "choices": [{"key": key_of(choice), "text": choice} for choice in choices],
    }


def _shuffled(things: Sequence[ItemT], seed: str) -> list[ItemT]:
    order = list(things)
    random.Random(seed).shuffle(order)  # noqa: S311  an order for the eye, no secret
    return order
