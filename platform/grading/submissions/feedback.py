"""Tell a student about their answers to a quiz.

Nothing here is stored: it is worked out whenever it is shown, and holds no more of the key than may
be seen by then.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from curriculum.rendering.markdown import render_markdown
from curriculum.rendering.quiz import inline
from questions.base import BaseQuestion

Json = dict[str, Any]


def feedback(
    questions: Iterable[BaseQuestion], answers: Mapping[str, Any], results: Iterable[Mapping[str, Any]], *, solved: bool
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


def answer_feedback(question: BaseQuestion, answer: Any, result: Mapping[str, Any], *, solved: bool) -> Json:
    """Return the feedback to one answer."""
    passed = bool(result["passed"])
    key_is_open = passed or solved
    return {
        "passed": passed,
        "earned": result["earned"],
        "message": "" if passed else render_markdown(question.message),
        "explanation": render_markdown(question.explanation) if key_is_open else "",
        "read": question.read,
        "marks": question.marks(answer, revealed=key_is_open, block=render_markdown),
        "solution": question.solution(inline) if solved and not passed else [],
    }
