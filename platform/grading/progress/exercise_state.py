"""Show what a student has of an exercise beside its task: hints and the solution.

Only hints that are open have a text.
"""

import re
from collections.abc import Set
from typing import Any

from curriculum.loader.contents import decode_text
from curriculum.rendering.markdown import render_markdown
from curriculum.schema.placeholders import fill
from curriculum.schema.specs import ExerciseSpec
from grading.assignments import Assignment
from grading.errors import SolutionClosed
from grading.models import Score
from grading.policy import refuse_solution
from grading.scores import own_scores
from grading.submissions.hints import open_hint


def hints_payload(spec: ExerciseSpec, opened: Set[int]) -> list[dict[str, Any]]:
    """Return the exercise's hints, of which `opened` have been opened.

    [{"number": from 1, "cost": points, "opened", "html": empty while it is closed}]
    """
    return [
        {
            "number": number,
            "cost": hint.cost,
            "opened": number in opened,
            "html": render_markdown(hint.text) if number in opened else "",
        }
        for number, hint in enumerate(spec.hints, 1)
    ]


def hints_after_opening(assignment: Assignment, *, number: int) -> list[dict[str, Any]]:
    """Open a hint and return all of the exercise's hints. Raises HintNotOpen."""
    return hints_payload(assignment.spec, open_hint(assignment, number=number))


def solution_html(assignment: Assignment) -> str:
    """Render the script that solves the exercise, for a student who may read it.

    Two queries. Raises SolutionClosed.
    """
    exercise = assignment.exercise
    score = Score.objects.filter(own_scores(assignment.user), exercise=exercise).first() or Score()
    refuse_solution(assignment.spec, graded=score.attempts, passed=bool(score.passed_at))
    path = f"exercises/{exercise.slug}/solution.sh"
    file = exercise.lesson.files.filter(path=path).first()
    if file is None:
        raise SolutionClosed("This exercise has no solution to show.")
    script = fill(decode_text(bytes(file.content), errors="replace"), assignment.values)
    return render_markdown(fenced(script))


def fenced(script: str) -> str:
    """Format a script as a block of code, even one with fences in it."""
    longest = max((len(run) for run in re.findall(r"`+", script)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}bash\n{script.rstrip()}\n{fence}\n"
