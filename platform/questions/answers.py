"""Answers to a quiz as they come from a page or a program, held against its questions and made into evidence.

By question id: the key of an option (single), a list of keys (multiple; order, all of them), {"value", "unit"} or a
bare value (number), a text (short-text), or by each left side's key that of the right one (match). What is empty is not
answered, and stands as None in the evidence, so that it is known to have been asked.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from checks.evidence.schema import clean_text
from core.units import NUMBER, UNITS, BadQuantity, Unit, find_unit, parse_quantity
from grading.errors import BadAnswers
from questions.specs import (
    MatchQuestion,
    MultipleQuestion,
    NumberQuestion,
    OrderQuestion,
    Question,
    SingleQuestion,
    TextQuestion,
    key_of,
)

TEXT_MAX = 200  # characters
NO_OPTION = "there is no such option"


def read_answers(questions: Iterable[Question], given: Mapping[str, Any] | None) -> dict[str, Any]:
    """What is stored as evidence["answers"]. Raises BadAnswers, which names the question."""
    asked = {question.id: question for question in questions}
    if given is None:
        raise BadAnswers('answers: is missing; send {"answers": {…}}, by question')
    for name in given.keys() - asked.keys():
        raise BadAnswers(f"answers.{clean_text(name)[:50]}: there is no such question; known are {', '.join(asked)}")
    return {name: _read(question, given.get(name)) for name, question in asked.items()}


def _read(question: Question, given: Any) -> Any:
    if given is None or given in ("", [], {}):
        return None
    try:
        return _READERS[type(question)](question, given)
    except BadQuantity as bad:
        raise BadAnswers(f"answers.{question.id}: {clean_text(str(bad))}") from bad
    except _Refused as refused:
        raise BadAnswers(f"answers.{question.id}: {refused}") from None


class _Refused(Exception):
    """This answer can't be one to this question; `str()` says why."""


def _text(given: Any, most: int = TEXT_MAX) -> str:
    if not isinstance(given, str):
        raise _Refused("must be a text")
    if len(given) > most:
        raise _Refused(f"is longer than {most} characters")
    return clean_text(given)


def _known(given: Any, keys: Iterable[str]) -> str:
    key = _text(given)
    if key not in keys:
        raise _Refused(NO_OPTION)
    return key


def _known_list(given: Any, keys: Iterable[str]) -> list[str]:
    """In the order given, none twice."""
    if not isinstance(given, list):
        raise _Refused("must be a list of keys")
    found = [_known(one, keys) for one in given]
    if len(set(found)) < len(found):
        raise _Refused("has a key twice")
    return found


def _single(question: SingleQuestion, given: Any) -> str:
    return _known(given, [option.key for option in question.options])


def _multiple(question: MultipleQuestion, given: Any) -> list[str]:
    return sorted(_known_list(given, [option.key for option in question.options]))


def _number(question: NumberQuestion, given: Any) -> dict[str, str] | None:
    """The number as it was written, for how it is rounded counts, and the unit that it was given in."""
    fields = given if isinstance(given, dict) else {"value": given}
    if fields.keys() - {"value", "unit"}:
        raise _Refused('must be {"value", "unit"}')
    value = fields.get("value", "")
    text = _text(repr(value) if isinstance(value, int | float) and not isinstance(value, bool) else value).strip()
    if not text:
        return None
    unit = find_unit(_text(fields.get("unit") or question.unit))
    if unit is None or unit.dimension != UNITS[question.unit].dimension:
        raise _Refused(f"must be in a unit like {question.unit}" if question.unit else "is a number without a unit")
    parse_quantity(text, unit)
    return _as_written(text, unit)


def _as_written(text: str, unit: Unit) -> dict[str, str]:
    """A number and its unit, which counts more than the one that was chosen beside it."""
    number = NUMBER.match(text)
    rest = text[number.end() :].strip() if number else ""
    written = find_unit(rest) if rest else unit
    return {"value": number[0] if number else text, "unit": (written or unit).name}


def _short_text(_question: TextQuestion, given: Any) -> str | None:
    return _text(given).strip() or None


def _order(question: OrderQuestion, given: Any) -> list[str]:
    found = _known_list(given, question.keys)
    if len(found) < len(question.keys):
        raise _Refused(f"must have all {len(question.keys)} items")
    return found


def _match(question: MatchQuestion, given: Any) -> dict[str, str | None] | None:
    if not isinstance(given, dict):
        raise _Refused("must name a right side for each left one")
    for left in given:
        _known(left, question.key)
    chosen = {left: given.get(left) or None for left in question.key}
    keys = [key_of(choice) for choice in question.choices]
    found = {left: right and _known(right, keys) for left, right in chosen.items()}
    return found if any(found.values()) else None


_READERS: dict[type, Callable[[Any, Any], Any]] = {
    SingleQuestion: _single,
    MultipleQuestion: _multiple,
    NumberQuestion: _number,
    TextQuestion: _short_text,
    OrderQuestion: _order,
    MatchQuestion: _match,
}
