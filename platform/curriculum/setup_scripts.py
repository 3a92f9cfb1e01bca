"""Tells those who make machines which setup scripts a lesson's exercises have, with a student's own values."""

from typing import Any

from django.dispatch import receiver

from core.signals import Preparation, preparations_wanted
from curriculum.models import Exercise
from curriculum.schema.parameters import draw, student_seed
from curriculum.schema.placeholders import fill
from curriculum.schema.specs import ExerciseSpec


@receiver(preparations_wanted)
def setups_of_lesson(*, user_id: int, lesson_key: str, **_: Any) -> list[Preparation]:
    """In the exercises' order. One query."""
    course, _slash, lesson = lesson_key.partition("/")
    rows = Exercise.objects.filter(lesson__course__slug=course, lesson__slug=lesson, archived=False)
    scripted = rows.exclude(setup="")
    return [_preparation(row, user_id, f"{lesson_key}/{row.slug}") for row in scripted]


def _preparation(row: Exercise, user_id: int, key: str) -> Preparation:
    values = draw(ExerciseSpec.model_validate(row.definition).parameters, student_seed(user_id, key))
    return Preparation(row.slug, row.machine, fill(row.setup, values))
