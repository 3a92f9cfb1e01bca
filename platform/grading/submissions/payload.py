"""Show a submission to its student: as JSON, and as an event on their open pages.

What a student is told about answers to a quiz is stored nowhere: it is worked out whenever it is
shown, and holds no more of the key than may be seen by then.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

from core.events import publish
from curriculum.rendering.markdown import render_markdown
from curriculum.rendering.quiz import inline
from curriculum.schema.specs import ExerciseSpec
from grading.assignments import Assignment, assignment_of
from grading.models import Score, Submission
from grading.policy import solution_is_open
from questions.base import BaseQuestion

QUEUED = Submission.State.QUEUED
# Whoever is farther behind asks, or is told later.
TOLD_MAX = 100


def announce(submission: Submission, assignment: Assignment | None = None) -> None:
    """Tell the student's open pages, once the change is committed.

    `assignment` is what the submission was graded with; until it is graded nobody needs it.
    """

    def send() -> None:
        payload = {"submission": payload_of(submission, assignment)}
        publish(user_id=submission.user_id, kind="submission", payload=payload)

    transaction.on_commit(send)


def announce_places() -> None:
    """Tell all whose submissions wait where they stand now."""
    rows = Submission.objects.filter(state=QUEUED).select_related("exercise__lesson__course")
    for place, submission in enumerate(rows.order_by("created_at")[:TOLD_MAX], 1):
        payload = {"submission": payload_of(submission, None, place=place)}
        publish(user_id=submission.user_id, kind="submission", payload=payload)


def submission_payload(
    submission: Submission, current: Assignment | None = None, score: Score | None = None
) -> dict[str, Any]:
    """Return a stored submission as JSON.

    Select exercise__lesson__course with it. Without `current`, the student's assignment as of now,
    a quiz's definition is parsed. Without `score`, the student's at the exercise, it is read where
    a quiz may show a solution: one query.
    """
    is_quiz = submission.results and submission.exercise.definition.get("questions")
    return payload_of(submission, assignment_of(submission, current) if is_quiz else None, score)


def payload_of(
    submission: Submission,
    assignment: Assignment | None,
    score: Score | None = None,
    *,
    place: int = 0,
) -> dict[str, Any]:
    """Return a submission as JSON; `assignment` is what a quiz was graded with.

    `place` is where it stands in the queue, if that was looked up already.

    {"id", "exercise": "course/lesson/slug", "number", "state", "reason", "score", "points",
    "passed", "automatic", "trial", "late", "late_percent", "hint_cost", "queue": null or {"place":
    1 for the next} while it waits, "results": [CheckResult as students see it], "override": null or
    {"reason"} when an instructor has set the score, "answers" and "feedback" to a quiz's questions,
    by their ids}.
    """
    exercise = submission.exercise
    answers: dict[str, Any] = {}
    feedback_by_id: dict[str, Any] = {}
    if exercise.definition.get("questions"):
        stored = submission.evidence.get("answers", {})
        answers = {name: answer for name, answer in stored.items() if answer is not None}
        if assignment:
            solved = is_solved(submission, assignment.spec, score)
            questions, results = assignment.spec.questions, submission.results
            feedback_by_id = feedback(questions, stored, results, solved=solved)
    return {
        "id": str(submission.pk),
        "exercise": f"{exercise.lesson.key}/{exercise.slug}",
        "number": submission.number,
        "state": str(submission.state),
        "reason": submission.reason,
        "score": submission.score,
        "points": submission.points,
        "passed": submission.passed,
        "automatic": submission.automatic,
        "trial": submission.trial,
        "late": submission.late,
        "late_percent": submission.late_percent,
        "hint_cost": submission.hint_cost,
        "queue": {"place": place or place_of(submission)} if submission.state == QUEUED else None,
        "results": results_for_student(submission.results),
        "override": {"reason": submission.override_reason} if submission.override_reason else None,
        "answers": answers,
        "feedback": feedback_by_id,
    }


def feedback(
    questions: Iterable[BaseQuestion],
    answers: Mapping[str, Any],
    results: Iterable[Mapping[str, Any]],
    *,
    solved: bool,
) -> dict[str, Any]:
    """Return the feedback to each answer, by question id.

    {"passed", "earned", "message", "explanation", "read", "marks", "solution"}: `marks` says of
    each option, or left side, that was chosen {"right", "explanation"}, and of every option once
    the question is passed. `solution` is a list of HTML, empty until the key may be seen: `solved`.
    Texts are HTML, but for `read`.
    """
    results_by_id = {result["check"]: result for result in results}
    return {
        question.id: answer_feedback(
            question, answers.get(question.id), results_by_id[question.id], solved=solved
        )
        for question in questions
        if question.id in results_by_id
    }


def answer_feedback(
    question: BaseQuestion, answer: Any, result: Mapping[str, Any], *, solved: bool
) -> dict[str, Any]:
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


def results_for_student(results: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Leave out what was expected and found where a check is hidden.

    Rows of version 0.1 lack `waits_for` and `hidden`.
    """
    secret = {"expected": "", "found": ""}
    plain = {"waits_for": [], "hidden": False}
    return [{**plain, **result, **(secret if result.get("hidden") else {})} for result in results]


def is_solved(submission: Submission, spec: ExerciseSpec, score: Score | None) -> bool:
    """Whether the student may see the right answers."""
    if submission.passed or spec.show_solution == "never":
        return submission.passed
    if score is None:
        same = {name: getattr(submission, name) for name in ("user", "exercise", "trial")}
        scores = Score.objects.filter(**same)
        score = scores.first() or Score()
    return solution_is_open(spec, graded=score.attempts, passed=score.passed_at is not None)


def place_of(submission: Submission) -> int:
    """Return about which place a submission has in the queue: those handed in before it count."""
    earlier = Submission.objects.filter(state=QUEUED, created_at__lt=submission.created_at)
    return earlier.count() + 1
