"""Predict, then measure: commit to a number before measuring, and compare afterwards.

A prediction is made once and stays. What was measured is written beside it when its check is first
passed, or passed again after a correction. All values are stored in the base unit of their
dimension (core.units), so that an author may choose another unit later.
"""

import math
from collections.abc import Callable, Mapping, Sequence

from django.utils import timezone
from django.utils.translation import gettext as _

from checks.evidence.schema import load_evidence
from checks.measurement import MeasurementCheck, Reading
from core.specs.outcomes import EvidenceMissing
from core.units import BASES, UNITS, BadQuantity, Unit, convert, parse_quantity
from curriculum.schema.predictions import PredictionSpec
from grading.assignments import Assignment
from grading.errors import (
    PredictionMade,
    PredictionMissing,
    PredictionUnknown,
    PredictionUnlikely,
)
from grading.models import Prediction, Submission

# Numbers that are the same when they come back from JSON or another unit.
SAME = 1e-9
# Bounds of a prediction whose author has set none.
LOWEST, HIGHEST = -1e15, 1e15

Key = tuple[int, int, str]  # user, exercise, the prediction's id


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
    committed = Prediction.objects.filter(user=assignment.user, exercise=assignment.exercise, key__in=keys)
    if committed.count() < len(keys):
        raise PredictionMissing(_("Predict first: commit to a number above, then measure. No guess costs points."))


def record_measurements(submissions: Sequence[Submission], assignment_of: Callable[[Submission], Assignment]) -> None:
    """Write what graded submissions have measured beside the predictions.

    This is done where the check is passed and nothing stands there yet. Call it in the transaction
    of what changed; select the exercise with them. Two statements. `assignment_of` returns what a
    submission was graded with.
    """
    predicting = [row for row in submissions if row.exercise.definition.get("predictions")]
    if not predicting:
        return
    rows = Prediction.objects.select_for_update().filter(
        user__in={submission.user_id for submission in predicting},
        exercise__in={submission.exercise_id for submission in predicting},
        measured=None,
    )
    unmeasured = {(row.user_id, row.exercise_id, row.key): row for row in rows.order_by("pk")}
    for submission in predicting:
        record_measurement(submission, assignment_of(submission), unmeasured)
    measured = [row for row in unmeasured.values() if row.measured is not None]
    Prediction.objects.bulk_update(measured, ["measured", "reference"], batch_size=100)


def record_measurement(submission: Submission, assignment: Assignment, unmeasured: Mapping[Key, Prediction]) -> None:
    """Set the numbers of one submission's predictions whose checks it passes."""
    passed = {result["check"] for result in submission.results if result["passed"]}
    checks = {check.id: check for check in assignment.spec.checks if check.id in passed}
    for spec in assignment.spec.predictions:
        row = unmeasured.get((submission.user_id, submission.exercise_id, spec.id))
        check = checks.get(spec.of)
        if row is None or row.measured is not None or not isinstance(check, MeasurementCheck):
            continue
        reading = read_measurement(submission, check)
        if reading and reading.measured is not None and reading.reference is not None:
            row.measured = convert(reading.measured, check.measure, base_of(spec))
            row.reference = convert(reading.reference, check.measure, base_of(spec))


def read_measurement(submission: Submission, check: MeasurementCheck) -> Reading | None:
    """Read both numbers from the evidence.

    None for a check that has been changed to read something else since then.
    """
    try:
        return check.read_numbers(load_evidence(submission.evidence))
    except EvidenceMissing:
        return None


def base_of(spec: PredictionSpec) -> Unit:
    """Return the unit in which a prediction's values are stored."""
    return UNITS[BASES[spec.measure.dimension]]


def parse_prediction(value: str | float, spec: PredictionSpec) -> float:
    """Read a number in the prediction's unit. Raises PredictionUnlikely."""
    lowest = LOWEST if spec.min is None else spec.min
    highest = HIGHEST if spec.max is None else spec.max
    try:
        number = parse_quantity(value, spec.measure) if isinstance(value, str) else float(value)
    except BadQuantity as error:
        raise PredictionUnlikely(str(error).capitalize() + ".") from error
    if not math.isfinite(number) or not lowest <= number <= highest:
        least, most = f"{lowest:g} {spec.unit}".strip(), f"{highest:g} {spec.unit}".strip()
        raise PredictionUnlikely(_("Enter a number from %(least)s to %(most)s.") % {"least": least, "most": most})
    return number
