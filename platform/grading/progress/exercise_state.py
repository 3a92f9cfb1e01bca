"""What a student is shown of an exercise beside its task: hints, of which only the open ones have a text, its terms and
its solution."""

import re
from collections.abc import Set
from typing import Any

from accounts.models import User
from curriculum.models import Exercise
from curriculum.rendering.markdown import render_markdown
from curriculum.schema.placeholders import fill
from curriculum.schema.specs import ExerciseSpec
from grading.errors import SolutionClosed
from grading.models import Score
from grading.policy import refuse_solution
from grading.submissions.hints import open_hint
from grading.variants import spec_for, values_for


def hint_views(spec: ExerciseSpec, opened: Set[int]) -> list[dict[str, Any]]:
    """[{"number": from 1, "cost": points, "opened", "html": empty while it is closed}]"""
    return [
        {"number": number, "cost": hint.cost, "opened": number in opened, "html": _html(hint.text, number in opened)}
        for number, hint in enumerate(spec.hints, 1)
    ]


def hints_after_opening(*, user: User, exercise: Exercise, number: int) -> list[dict[str, Any]]:
    """Open a hint; the views of all of the exercise's hints. Raises HintNotOpen."""
    opened = open_hint(user=user, exercise=exercise, number=number)
    return hint_views(spec_for(exercise, user), opened)


def solution_html(*, user: User, exercise: Exercise) -> str:
    """The script that solves the exercise, for a student who may read it. Two queries. Raises SolutionClosed."""
    score = Score.objects.filter(user=user, exercise=exercise).first()
    refuse_solution(
        ExerciseSpec.model_validate(exercise.definition),
        graded=score.attempts if score else 0,
        passed=bool(score and score.passed_at),
    )
    file = exercise.lesson.files.filter(path=f"exercises/{exercise.slug}/solution.sh").first()
    if file is None:
        raise SolutionClosed("This exercise has no solution to show.")
    script = fill(bytes(file.content).decode(errors="replace"), values_for(exercise, user))
    return render_markdown(_fenced(script))


def _fenced(script: str) -> str:
    """A script as a block of code, whatever is in it."""
    longest = max((len(run) for run in re.findall(r"`+", script)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}bash\n{script.rstrip()}\n{fence}\n"


def _html(text: str, shown: bool) -> str:
    return render_markdown(text) if shown else ""
