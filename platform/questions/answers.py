"""Read answers as they come from a page or a program, and hold them against their questions.

What is empty is not answered, and stands as None in the evidence, so that it is known to have been
asked. What an answer has to be depends on the question's kind: `read_answer` of its module.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from core.specs.outcomes import clean_text
from core.units import BadQuantity
from questions.base import BaseQuestion
from questions.errors import AnswerRefused, BadAnswers

TEXT_MAX = 200  # characters
NO_OPTION = "there is no such option"


def read_answers(
    questions: Iterable[BaseQuestion], answers: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Return what is stored as evidence["answers"]. Raises BadAnswers, which names the question."""
    by_id = {question.id: question for question in questions}
    if answers is None:
        raise BadAnswers('answers: is missing; send {"answers": {…}}, by question')
    for name in answers.keys() - by_id.keys():
        unknown = clean_text(name)[:50]
        raise BadAnswers(
            f"answers.{unknown}: there is no such question; known are {', '.join(by_id)}"
        )
    return {name: read_one(question, answers.get(name)) for name, question in by_id.items()}


def read_one(question: BaseQuestion, raw: Any) -> Any:
    """Return what is stored for one answer. Raises BadAnswers."""
    if raw is None or raw in ("", [], {}):
        return None
    try:
        return question.read_answer(raw)
    except BadQuantity as bad:
        raise BadAnswers(f"answers.{question.id}: {clean_text(str(bad))}") from bad
    except AnswerRefused as refused:
        raise BadAnswers(f"answers.{question.id}: {refused}") from None


def read_text(raw: Any, most: int = TEXT_MAX) -> str:
    """Return a text of at most so many characters. Raises AnswerRefused."""
    if not isinstance(raw, str):
        raise AnswerRefused("must be a text")
    if len(raw) > most:
        raise AnswerRefused(f"is longer than {most} characters")
    return clean_text(raw)


def read_key(raw: Any, keys: Iterable[str]) -> str:
    """Return one of the keys. Raises AnswerRefused."""
    key = read_text(raw)
    if key not in keys:
        raise AnswerRefused(NO_OPTION)
    return key


def read_keys(raw: Any, keys: Iterable[str]) -> list[str]:
    """Return some of the keys, in the order in which they came, none twice.

    Raises AnswerRefused.
    """
    if not isinstance(raw, list):
        raise AnswerRefused("must be a list of keys")
    chosen = [read_key(item, keys) for item in raw]
    if len(set(chosen)) < len(chosen):
        raise AnswerRefused("has a key twice")
    return chosen
