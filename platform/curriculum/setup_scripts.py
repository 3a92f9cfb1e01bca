"""Find the setup scripts of a lesson's exercises, with the student's values."""

from curriculum.models import Exercise
from curriculum.schema.parameters import draw, student_seed
from curriculum.schema.placeholders import fill
from curriculum.schema.specs import ExerciseSpec
from sandboxes.setup_scripts import SetupScript


def setup_scripts_for(user_id: int, lesson_key: str) -> list[SetupScript]:
    """Return a student's setup scripts for a lesson, in the exercises' order. One query."""
    course, _slash, lesson = lesson_key.partition("/")
    exercises = Exercise.objects.filter(
        lesson__course__slug=course, lesson__slug=lesson, archived=False
    )
    scripts = []
    for exercise in exercises.exclude(setup=""):
        spec = ExerciseSpec.model_validate(exercise.definition)
        seed = student_seed(user_id, f"{lesson_key}/{exercise.slug}")
        script = fill(exercise.setup, draw(spec.parameters, seed))
        scripts.append(SetupScript(exercise.slug, exercise.machine, script))
    return scripts
