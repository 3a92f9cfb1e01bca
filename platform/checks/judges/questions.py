"""Judges of a quiz's questions: pure functions of a question and evidence["answers"].

Their words never give the right answer away: results are stored, and sent whether or not the answer may be seen yet.
"""

import itertools
import math
import unicodedata
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any

from checks.evidence.schema import Evidence
from checks.judges import patterns
from checks.judges.base import Finding, printable, quoted
from core.units import NUMBER, UNITS, convert, parse_quantity
from grading.errors import EvidenceMissing
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

# A number in another unit than the question's may be rounded to so many digits, or more.
ROUNDED_DIGITS = 3
UNANSWERED = "no answer"

# What part of the points an answer earns, and what was found, in words.
Share = tuple[Fraction, str]


def judge_question(question: Question, evidence: Evidence) -> Finding:
    """Judge the answer to one question. Raises EvidenceMissing when it was not asked, or with other words."""
    if question.id not in evidence["answers"]:
        raise EvidenceMissing(f"The question {question.id} was not asked.")
    judge, expected = _JUDGES[type(question)]
    answer = evidence["answers"][question.id]
    share, found = (Fraction(0), UNANSWERED) if answer is None else judge(question, answer)
    return Finding(passed=share == 1, expected=expected, found=found, share=share)


def _refuse_reworded(keys: Iterable[str], known: Iterable[str]) -> None:
    if set(keys) - set(known):
        raise EvidenceMissing("The answer is one that the question does not have any more.")


def _listed(texts: Iterable[str]) -> str:
    return ", ".join(quoted(text) for text in texts)


def _single(question: SingleQuestion, answer: str) -> Share:
    texts = {option.key: option.text for option in question.options}
    _refuse_reworded([answer], texts)
    return Fraction(answer in question.right), quoted(texts[answer])


def _multiple(question: MultipleQuestion, answer: list[str]) -> Share:
    """Right ones less wrong ones, so that ticking everything earns nothing to speak of."""
    texts = {option.key: option.text for option in question.options}
    _refuse_reworded(answer, texts)
    right = len(question.right.intersection(answer))
    wrong = len(answer) - right
    share = Fraction(max(0, right - wrong), len(question.right))
    return share, _listed(text for key, text in texts.items() if key in answer)


def _number(question: NumberQuestion, answer: dict[str, str]) -> Share:
    unit, wanted = UNITS[answer["unit"]], UNITS[question.unit]
    if unit.dimension != wanted.dimension:
        raise EvidenceMissing("The answer is in a unit that the question does not ask for any more.")
    given = parse_quantity(answer["value"], unit)
    right = convert(question.answer, wanted, unit)
    slack = convert(question.slack, wanted, unit)
    near = abs(given - right) <= slack or math.isclose(given, right, rel_tol=1e-9)
    found = quoted(f"{answer['value']} {answer['unit']}")
    return Fraction(near or _is_rounded(answer["value"], given, right, unit != wanted)), found


def _is_rounded(text: str, given: float, right: float, converted: bool) -> bool:
    """Whether what was written is the right number in another unit, rounded: 1.07 GB for 1 GiB."""
    number = NUMBER.match(text)
    if not converted or number is None or "e" in number[0].lower():
        return False
    whole, _, decimals = number[0].lstrip("+-").replace(",", ".").partition(".")
    digits = (whole + decimals).lstrip("0")
    return len(digits) >= ROUNDED_DIGITS and math.isclose(round(right, len(decimals)), given, rel_tol=1e-9)


def _short_text(question: TextQuestion, answer: str) -> Share:
    plain = _plain(answer)
    right = any(plain.casefold() == _plain(one).casefold() for one in question.accepted)
    if not right and question.matches is not None:
        right = patterns.fits(question.matches, plain)
    return Fraction(right), quoted(answer)


def _plain(text: str) -> str:
    """With single spaces, and with one code for what looks the same."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def _order(question: OrderQuestion, answer: list[str]) -> Share:
    """Pairs in the right order less pairs in the wrong one: what is in no order at all earns about nothing."""
    if set(answer) != set(question.keys):
        raise EvidenceMissing("The items are not those that the question has now.")
    place = {key: number for number, key in enumerate(question.keys)}
    pairs = list(itertools.combinations(answer, 2))
    right = sum(place[first] < place[second] for first, second in pairs)
    texts = dict(zip(question.keys, question.items, strict=True))
    return Fraction(max(0, 2 * right - len(pairs)), len(pairs)), _listed(texts[key] for key in answer)


def _match(question: MatchQuestion, answer: dict[str, str | None]) -> Share:
    if answer.keys() != question.key.keys():
        raise EvidenceMissing("The left sides are not those that the question has now.")
    texts = {key_of(choice): choice for choice in question.choices}
    _refuse_reworded((right for right in answer.values() if right), texts)
    right = sum(answer[left] == wanted for left, wanted in question.key.items())
    said = (f"{pair.left}: {texts[chosen]}" for pair in question.pairs if (chosen := answer[pair.key]))
    return Fraction(right, len(question.pairs)), printable("; ".join(said))


_JUDGES: dict[type, tuple[Callable[[Any, Any], Share], str]] = {
    SingleQuestion: (_single, "the one right option"),
    MultipleQuestion: (_multiple, "every right option and no other"),
    NumberQuestion: (_number, "the right number, in any fitting unit"),
    TextQuestion: (_short_text, "the right word or words"),
    OrderQuestion: (_order, "everything in the right order"),
    MatchQuestion: (_match, "what belongs to each"),
}

# For grading.checks.JUDGES.
QUESTION_JUDGES = dict.fromkeys(_JUDGES, judge_question)
