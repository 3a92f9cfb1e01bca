"""Tell a student about their answers to a quiz.

Nothing here is stored: it is worked out whenever it is shown, and holds no more of the key than may
be seen by then.
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
    """Return the feedback to each answer, by question id.

    {"passed", "earned", "message", "explanation", "read", "marks", "solution"}: `marks` says of
    each option, or left side, that was chosen {"right", "explanation"}, and of every option once
    the question is passed. `solution` is a list of HTML, empty until the key may be seen: `solved`.
    Texts are HTML, but for `read`.
    """
    results_by_id = {result["check"]: result for result in results}
    return {
        question.id: answer_feedback(question, answers.get(question.id), results_by_id[question.id], solved=solved)
        for question in questions
        if question.id in results_by_id
    }


def answer_feedback(question: Question, answer: Any, result: Mapping[str, Any], *, solved: bool) -> Json:
    """Return the feedback to one answer."""
    passed = bool(result["passed"])
    key_is_open = passed or solved
    return {
        "passed": passed,
        "earned": result["earned"],
        "message": "" if passed else render_markdown(question.message),
        "explanation": render_markdown(question.explanation) if key_is_open else "",
        "read": question.read,
        "marks": option_marks(question, answer, show_all=key_is_open),
        "solution": right_answer_html(question) if solved and not passed else [],
    }


def option_marks(question: Question, answer: Any, *, show_all: bool) -> Json:
    """Say of each option or pair whether it is right."""
    if isinstance(question, SingleQuestion | MultipleQuestion):
        chosen = [answer] if isinstance(answer, str) else answer or []
        return {
            option.key: {"right": option.right, "explanation": render_markdown(option.explanation)}
            for option in question.options
            if show_all or option.key in chosen
        }
    if isinstance(question, MatchQuestion):
        pairs = (answer or {}).items()
        return {left: {"right": question.key.get(left) == right, "explanation": ""} for left, right in pairs if right}
    return {}


def right_answer_html(question: Question) -> list[str]:
    """Return the right answer, a line of HTML for each of its parts."""
    if isinstance(question, SingleQuestion | MultipleQuestion):
        return [inline(option.text) for option in question.options if option.right]
    if isinstance(question, OrderQuestion):
        return [inline(item) for item in question.items]
    if isinstance(question, MatchQuestion):
        return [f"{inline(pair.left)}: {escape(pair.right)}" for pair in question.pairs]
    if isinstance(question, NumberQuestion):
        return [f"{question.answer:.12g} {question.unit}".strip()]
    return [escape(question.accepted[0])]
