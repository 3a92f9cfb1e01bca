"""Show a submission to its student: as JSON, and as an event on their open pages."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

from core.events import publish
from curriculum.schema.specs import ExerciseSpec
from grading.assignments import Assignment, assignment_of
from grading.models import Score, Submission
from grading.policy import solution_is_open
from grading.submissions.feedback import feedback


def announce(submission: Submission, assignment: Assignment | None = None) -> None:
    """Tell the student's open pages, once the change is there to be read.

    `assignment` is theirs as of now; without it the definition is parsed where it has questions.
    """

    def send() -> None:
        payload = {"submission": submission_payload(submission, assignment)}
        publish(user_id=submission.user_id, kind="submission", payload=payload)

    transaction.on_commit(send)


def submission_payload(
    submission: Submission, assignment: Assignment | None = None, score: Score | None = None
) -> dict[str, Any]:
    """Return the submission as JSON.

    {"id", "exercise": "course/lesson/slug", "number", "state", "reason", "score", "points",
    "passed", "automatic", "late", "late_percent", "hint_cost", "results": [CheckResult as students
    see it], "override": null or {"reason"} when an instructor has set the score, "answers" and
    "feedback" to a quiz's questions, by their ids}.

    Select exercise__lesson__course with it. Without `assignment`, the student's as of now, a quiz's
    definition is parsed. Without `score`, the student's at the exercise, it is read where a quiz
    may show a solution: one query.
    """
    exercise = submission.exercise
    answers: dict[str, Any] = {}
    feedback_by_id: dict[str, Any] = {}
    if exercise.definition.get("questions"):
        spec = assignment_of(submission, assignment).spec
        stored = submission.evidence.get("answers", {})
        solved = is_solved(submission, spec, score)
        answers = {name: answer for name, answer in stored.items() if answer is not None}
        feedback_by_id = feedback(spec.questions, stored, submission.results, solved=solved)
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
        "late": submission.late,
        "late_percent": submission.late_percent,
        "hint_cost": submission.hint_cost,
        "results": results_for_student(submission.results),
        "override": {"reason": submission.override_reason} if submission.override_reason else None,
        "answers": answers,
        "feedback": feedback_by_id,
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
        scores = Score.objects.filter(user=submission.user_id, exercise=submission.exercise_id)
        score = scores.first() or Score()
    return solution_is_open(spec, graded=score.attempts, passed=score.passed_at is not None)
