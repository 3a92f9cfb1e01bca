"""Predict, then measure: commit to a number before measuring, and compare afterwards.

A prediction is made once and stays. What was measured is written beside it when its check is first
passed, or passed again after a correction. All values are stored in the base unit of their
dimension (core.units), so that an author may choose another unit later.
"""

import math
from collections.abc import Iterable, Mapping

from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from core.units import BASES, UNITS, BadQuantity, Unit, convert, format_quantity, parse_quantity
from curriculum.schema.predictions import PredictionSpec
from grading.assignments import Assignment
from grading.errors import (
    PredictionMade,
    PredictionMissing,
    PredictionUnknown,
    PredictionUnlikely,
)
from grading.models import Prediction

# Numbers that are the same when they come back from JSON or another unit.
SAME = 1e-9
# Bounds of a prediction whose author has set none.
LOWEST, HIGHEST = -1e15, 1e15

Key = tuple[int, int, str]  # user, exercise, the prediction's id
# What the student and the platform have measured, by check, in base units.
Numbers = Mapping[str, tuple[float, float]]


def predict(assignment: Assignment, *, key: str, value: str | float) -> Prediction:
    """Commit to a prediction.

    `value` is a number in its unit, or a text with another unit of the dimension.
    The same value once more changes nothing. Raises PredictionUnknown, PredictionUnlikely,
    PredictionMade.
    """
    spec = next((spec for spec in assignment.spec.predictions if spec.id == key), None)
    if spec is None:
        raise PredictionUnknown(_("This exercise has no prediction of that name."))
    base_value = convert(parse_prediction(value, spec), spec.measure, base_of(spec))
    prediction, _is_new = Prediction.objects.get_or_create(
        user=assignment.user,
        exercise=assignment.exercise,
        key=key,
        defaults={"value": base_value, "made_at": timezone.now()},
    )
    if not math.isclose(prediction.value, base_value, rel_tol=SAME):
        raise PredictionMade(_("You have committed to another prediction. It stays as it is."))
    return prediction


def require_predictions(assignment: Assignment) -> None:
    """Raise PredictionMissing until all that the exercise asks for is predicted.

    One query, none for an exercise without predictions.
    """
    keys = [spec.id for spec in assignment.spec.predictions]
    if not keys:
        return
    committed = Prediction.objects.filter(
        user=assignment.user, exercise=assignment.exercise, key__in=keys
    )
    if committed.count() < len(keys):
        raise PredictionMissing(
            _("Predict first: commit to a number above, then measure. A wrong guess costs nothing.")
        )


def record_measurements(graded: Iterable[tuple[Assignment, Numbers]]) -> None:
    """Write what graded attempts have measured beside the predictions.

    `graded` are assignments as they were graded, with the numbers of the checks that were passed,
    the attempt that counts first before others. Nothing is written where something stands already.
    Call it in the transaction of what changed. Two statements, none where nothing was measured.
    """
    measured: dict[Key, tuple[float, float]] = {}
    for assignment, numbers in graded:
        for spec in assignment.spec.predictions:
            if spec.of in numbers:
                key = (assignment.user.pk, assignment.exercise.pk, spec.id)
                measured.setdefault(key, numbers[spec.of])
    if not measured:
        return
    rows = Prediction.objects.select_for_update().filter(
        user__in={user for user, _, _ in measured},
        exercise__in={exercise for _, exercise, _ in measured},
        measured=None,
    )
    changed = []
    for row in rows.order_by("pk"):
        if pair := measured.get((row.user_id, row.exercise_id, row.key)):
            row.measured, row.reference = pair
            changed.append(row)
    Prediction.objects.bulk_update(changed, ["measured", "reference"], batch_size=100)


def base_of(spec: PredictionSpec) -> Unit:
    """Return the unit in which a prediction's values are stored."""
    return UNITS[BASES[spec.measure.dimension]]


def parse_prediction(value: str | float, spec: PredictionSpec) -> float:
    """Read a number in the prediction's unit. Raises PredictionUnlikely."""
    lowest = LOWEST if spec.min is None else spec.min
    highest = HIGHEST if spec.max is None else spec.max
    try:
        if isinstance(value, str):
            number = parse_quantity(value, spec.measure, typed=True)
        else:
            number = float(value)
    except BadQuantity as error:
        raise PredictionUnlikely(f"{capfirst(str(error))}.") from error
    if not math.isfinite(number) or not lowest <= number <= highest:
        least, most = (format_quantity(bound, spec.measure) for bound in (lowest, highest))
        raise PredictionUnlikely(
            _("Enter a number from %(least)s to %(most)s.") % {"least": least, "most": most}
        )
    return number
