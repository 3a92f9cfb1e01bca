"""Hints that a student has opened. Each is opened once, in order, and what it cost then is what it costs."""

from django.db.models import Sum
from django.utils.translation import gettext as _

from accounts.models import User
from curriculum.models import Exercise
from curriculum.schema.specs import ExerciseSpec
from grading.errors import HintNotOpen
from grading.models import OpenedHint


def open_hint(*, user: User, exercise: Exercise, number: int) -> set[int]:
    """Open one of the exercise's hints, counted from 1; once more is no error and costs nothing. Returns the numbers of
    all that are open now. Raises HintNotOpen for one that is not there, or not yet to be had."""
    hints = ExerciseSpec.model_validate(exercise.definition).hints
    opened = set(OpenedHint.objects.filter(user=user, exercise=exercise).values_list("number", flat=True))
    if number > len(hints):
        raise HintNotOpen(_("There is no such hint."))
    if not opened.issuperset(range(1, number)):
        raise HintNotOpen(_("Open the hints before this one first."))
    cost = hints[number - 1].cost
    OpenedHint.objects.get_or_create(user=user, exercise=exercise, number=number, defaults={"cost": cost})
    return opened | {number}


def hint_cost(user: User, exercise: Exercise) -> int:
    """What the hints that are open cost, in points. One query."""
    opened = OpenedHint.objects.filter(user=user, exercise=exercise)
    return opened.aggregate(cost=Sum("cost"))["cost"] or 0
