"""An exercise as one student has it: with the values of its parameters (curriculum.parameters).

Whoever needs an exercise's spec for a student takes it from here. The values that a submission was graded with are kept
in its evidence, so that it is graded again with the same, whatever the author has changed since.
"""

from accounts.models import User
from curriculum.models import Exercise
from curriculum.schema.parameters import Values, draw, student_seed
from curriculum.schema.placeholders import fill_html, fill_spec
from curriculum.schema.specs import ExerciseSpec
from grading.models import Submission


def values_for(exercise: Exercise, user: User) -> dict[str, str]:
    """What a student has for the exercise's parameters, by name; empty where it has none. Select lesson and course with
    the exercise."""
    if not exercise.definition.get("parameters"):
        return {}
    return draw(_template(exercise).parameters, student_seed(user.pk, exercise.key))


def spec_for(exercise: Exercise, user: User) -> ExerciseSpec:
    """The exercise with a student's values, without its scripts."""
    return spec_with(exercise, values_for(exercise, user))


def spec_with(exercise: Exercise, values: Values) -> ExerciseSpec:
    """The exercise with these values, without its scripts."""
    return fill_spec(_template(exercise), values)


def task_html(exercise: Exercise, values: Values) -> str:
    """The exercise's text, rendered, with these values."""
    return fill_html(exercise.body_html, values)


def values_graded_with(submission: Submission) -> dict[str, str]:
    """What a submission was graded with, as its evidence says. A parameter that has come since is drawn as for a new
    one. Select user, lesson and course with it."""
    kept: dict[str, str] = submission.evidence.get("about", {}).get("parameters", {})
    drawn = values_for(submission.exercise, submission.user)
    return {name: kept.get(name, value) for name, value in drawn.items()}


def _template(exercise: Exercise) -> ExerciseSpec:
    return ExerciseSpec.model_validate(exercise.definition)
