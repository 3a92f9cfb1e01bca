"""What a student is told of their answers to a quiz. Nothing here is stored: it is worked out whenever it is shown, and
holds no more of the key than may be seen by then.
"""

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from curriculum.rendering.markdown import render_markdown
from curriculum.rendering.quiz import inline
from questions.specs import (
    MatchQuestion,
    MultipleQuestion,
    NumberQuestion,
    OrderQuestion,
    Question,
    SingleQuestion,
)

Json = dict[str, Any]


def feedback(
    questions: Iterable[Question], answers: Mapping[str, Any], results: Iterable[Mapping[str, Any]], *, solved: bool
) -> Json:
    """By question id: {"passed", "earned", "message", "explanation", "read", "marks", "solution"}. `marks` says of each
    option, or left side, that was chosen {"right", "explanation"}, and of every option once the question is passed.
    `solution` is a list of HTML, empty until the key may be seen: `solved`. Texts are HTML, but for `read`."""
    found = {result["check"]: result for result in results}
    return {
        question.id: _told(question, answers.get(question.id), found[question.id], solved=solved)
        for question in questions
        if question.id in found
    }


def _told(question: Question, answer: Any, result: Mapping[str, Any], *, solved: bool) -> Json:
    passed = bool(result["passed"])
    seen = passed or solved
    return {
        "passed": passed,
        "earned": result["earned"],
        "message": "" if passed else render_markdown(question.message),
        "explanation": render_markdown(question.explanation) if seen else "",
        "read": question.read,
        "marks": _marks(question, answer, seen=seen),
        "solution": _solution(question) if solved and not passed else [],
    }


def _marks(question: Question, answer: Any, *, seen: bool) -> Json:
    if isinstance(question, SingleQuestion | MultipleQuestion):
        chosen = [answer] if isinstance(answer, str) else answer or []
        return {
            option.key: {"right": option.right, "explanation": render_markdown(option.explanation)}
            for option in question.options
            if seen or option.key in chosen
        }
    if isinstance(question, MatchQuestion):
        pairs = (answer or {}).items()
        return {left: {"right": question.key.get(left) == right, "explanation": ""} for left, right in pairs if right}
    return {}


def _solution(question: Question) -> list[str]:
    """The right answer, a line for each of its parts."""
    if isinstance(question, SingleQuestion | MultipleQuestion):
        return [inline(option.text) for option in question.options if option.right]
    if isinstance(question, OrderQuestion):
        return [inline(item) for item in question.items]
    if isinstance(question, MatchQuestion):
        return [f"{inline(pair.left)}: {escape(pair.right)}" for pair in question.pairs]
    if isinstance(question, NumberQuestion):
        return [f"{question.answer:.12g} {question.unit}".strip()]
    return [escape(question.accepted[0])]
