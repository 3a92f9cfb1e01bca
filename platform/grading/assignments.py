"""Give each student an exercise with values of their own.

A definition is parsed once where a request or a task begins, and handed on as an Assignment. The
values that a submission was graded with are kept in its evidence, so that it is graded again with
the same ones, whatever the author has changed since.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from accounts.models import User
from curriculum.models import Exercise
from curriculum.schema.parameters import Values, draw, student_seed
from curriculum.schema.placeholders import fill_html, fill_spec
from curriculum.schema.specs import ExerciseSpec
from grading.models import Submission

NO_VALUES: Values = MappingProxyType({})


@dataclass(frozen=True)
class Assignment:
    """Hold an exercise as a student has it; `spec` is filled with `values`."""

    exercise: Exercise
    spec: ExerciseSpec
    values: Mapping[str, str]
    user: User

    @property
    def task_html(self) -> str:
        """Render the exercise's text with these values."""
        return fill_html(self.exercise.body_html, self.values)


def assign(exercise: Exercise, user: User, *, graded_with: Values = NO_VALUES) -> Assignment:
    """Parse an exercise's definition and fill it with a student's values.

    Values in `graded_with` go before those that would be drawn today. Select lesson and course with
    the exercise.
    """
    template = parse_definition(exercise)
    values = values_for(template, exercise, user, graded_with)
    return Assignment(exercise, fill_spec(template, values), values, user)


def assignment_of(submission: Submission, current: Assignment | None = None) -> Assignment:
    """Return the assignment that a submission was graded with.

    Without `current`, the student's assignment as of now, the definition is parsed. Select user,
    lesson and course with the submission.
    """
    graded_with = values_graded_with(submission)
    if current:
        pairs = current.values.items()
        if all(graded_with.get(name, value) == value for name, value in pairs):
            return current
    return assign(submission.exercise, submission.user, graded_with=graded_with)


def assignment_reader() -> Callable[[Submission], Assignment]:
    """Return an assignment_of() for many submissions.

    It parses an exercise once, and fills it once for each set of values that students have.
    """
    templates: dict[int, ExerciseSpec] = {}
    filled: dict[tuple[int, frozenset[tuple[str, str]]], ExerciseSpec] = {}

    def read(submission: Submission) -> Assignment:
        exercise, user = submission.exercise, submission.user
        if exercise.pk not in templates:
            templates[exercise.pk] = parse_definition(exercise)
        template = templates[exercise.pk]
        values = values_for(template, exercise, user, values_graded_with(submission))
        key = (exercise.pk, frozenset(values.items()))
        if key not in filled:
            filled[key] = fill_spec(template, values)
        return Assignment(exercise, filled[key], values, user)

    return read


def parse_definition(exercise: Exercise) -> ExerciseSpec:
    """Parse an exercise's definition, with its placeholders."""
    return ExerciseSpec.model_validate(exercise.definition)


def values_for(
    template: ExerciseSpec, exercise: Exercise, user: User, graded_with: Values = NO_VALUES
) -> dict[str, str]:
    """Draw a student's values by parameter; empty where the exercise has no parameters."""
    if not template.parameters:
        return {}
    drawn = draw(template.parameters, student_seed(user.pk, exercise.key))
    return {name: graded_with.get(name, value) for name, value in drawn.items()}


def values_graded_with(submission: Submission) -> dict[str, str]:
    """Return the values that a submission's evidence names; empty where it names none."""
    values: dict[str, str] = submission.evidence.get("about", {}).get("parameters", {})
    return values
