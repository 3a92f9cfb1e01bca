"""Apply an exercise author's rules: attempts, deadlines, the solution.

Pure functions of the exercise's spec and of what a student has of it.
"""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from curriculum.schema.specs import ExerciseSpec
from grading.errors import DeadlinePassed, NoMoreAttempts, SolutionClosed


def is_late(spec: ExerciseSpec, at: datetime) -> bool:
    """Whether the deadline has passed by then."""
    return spec.due is not None and at > spec.due


def accept_at(spec: ExerciseSpec, at: datetime) -> tuple[bool, int]:
    """Return whether a submission of that time is late, and how many per cent it loses for that.

    Raises DeadlinePassed where the exercise accepts no more submissions.
    """
    if not is_late(spec, at):
        return False, 0
    if spec.late == "refuse":
        raise DeadlinePassed(
            _("The deadline has passed; this exercise accepts no more submissions.")
        )
    return True, spec.late_percent


def refuse_more_attempts(spec: ExerciseSpec, graded: int) -> None:
    """Raise NoMoreAttempts after as many graded attempts as the exercise allows."""
    if spec.attempts and graded >= spec.attempts:
        text = ngettext(
            "The one attempt that this exercise allows is used up.",
            "All %(count)s attempts that this exercise allows are used up.",
            spec.attempts,
        )
        raise NoMoreAttempts(text % {"count": spec.attempts})


def solution_is_open(spec: ExerciseSpec, *, graded: int, passed: bool) -> bool:
    """Whether a student may read the solution."""
    enough = spec.show_solution == "after-attempts" and graded >= spec.solution_after
    return spec.show_solution != "never" and (passed or enough)


def refuse_solution(spec: ExerciseSpec, *, graded: int, passed: bool) -> None:
    """Raise SolutionClosed while the student may not read the solution."""
    if not solution_is_open(spec, graded=graded, passed=passed):
        raise SolutionClosed(_("You can't read the solution of this exercise yet."))


def has_auto_checks(spec: ExerciseSpec) -> bool:
    """Whether the exercise is checked without a press of *Check*.

    Where attempts are bounded, an auto-check would be one more for free; and whoever answers
    questions says when they are answered.
    """
    return not spec.attempts and bool(spec.checks) and not spec.questions


def policy_payload(spec: ExerciseSpec) -> dict[str, Any]:
    """Return what the author allows as JSON, which the API calls an exercise's `terms`.

    {"attempts": most graded or 0, "score": "best" | "last", "due": ISO 8601 or null,
    "late": "accept" | "refuse" | "reduce", "late_percent",
    "show_solution": "never" | "after-pass" | "after-attempts", "solution_after", "live"}
    """
    fields = {
        "attempts",
        "score",
        "due",
        "late",
        "late_percent",
        "show_solution",
        "solution_after",
    }
    return spec.model_dump(mode="json", include=fields) | {"live": has_auto_checks(spec)}
