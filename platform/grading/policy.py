"""What an exercise's author allows: how many attempts, until when, at what cost, and when the solution is shown. Pure
functions of the exercise's spec and of what a student has of it."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from curriculum.schema.specs import ExerciseSpec
from grading.errors import DeadlinePassed, NoMoreAttempts, SolutionClosed


def is_late(spec: ExerciseSpec, at: datetime) -> bool:
    """Whether the deadline has passed by then."""
    return spec.due is not None and at > spec.due


def late_percent(spec: ExerciseSpec, at: datetime) -> int:
    """What a submission of that time loses for being late."""
    return spec.late_percent if is_late(spec, at) else 0


def refuse_late(spec: ExerciseSpec, at: datetime) -> None:
    """Raises DeadlinePassed where the exercise takes nothing any more."""
    if spec.late == "refuse" and is_late(spec, at):
        raise DeadlinePassed(_("The deadline has passed; this exercise takes nothing any more."))


def refuse_more_attempts(spec: ExerciseSpec, graded: int) -> None:
    """Raises NoMoreAttempts after so many graded ones."""
    if spec.attempts and graded >= spec.attempts:
        text = ngettext(
            "The one attempt that this exercise allows is used up.",
            "All %(count)s attempts that this exercise allows are used up.",
            spec.attempts,
        )
        raise NoMoreAttempts(text % {"count": spec.attempts})


def solution_is_open(spec: ExerciseSpec, *, graded: int, passed: bool) -> bool:
    """Whether a student has earned the solution."""
    enough = spec.show_solution == "after-attempts" and graded >= spec.solution_after
    return spec.show_solution != "never" and (passed or enough)


def refuse_solution(spec: ExerciseSpec, *, graded: int, passed: bool) -> None:
    """Raises SolutionClosed for a student who has not earned the solution, or where it is shown to nobody."""
    if not solution_is_open(spec, graded=graded, passed=passed):
        raise SolutionClosed(_("The solution of this exercise is not open to you."))


def ticks_live(spec: ExerciseSpec) -> bool:
    """Whether the exercise is looked at without *Check*. Where attempts are bounded it would be one more, for free; and
    who has questions to answer says when they are answered."""
    return not spec.attempts and bool(spec.checks) and not spec.questions


def terms_payload(spec: ExerciseSpec) -> dict[str, Any]:
    """{"attempts": most graded or 0, "score": "best" | "last", "due": ISO 8601 or null, "late": "accept" | "refuse" |
    "reduce", "late_percent", "show_solution": "never" | "after-pass" | "after-attempts", "solution_after", "live"}"""
    fields = {"attempts", "score", "due", "late", "late_percent", "show_solution", "solution_after"}
    return spec.model_dump(mode="json", include=fields) | {"live": ticks_live(spec)}
