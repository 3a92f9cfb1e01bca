"""Predict, then measure: what students commit to before they measure, and how it compares afterwards.

A prediction is made once and stays. What was measured is written beside it when its check is first passed, or passed
again after a correction. All values are stored in the base unit of their dimension (core.units), so that an author
may choose another unit later.
"""

import math
from collections.abc import Mapping, Sequence

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from checks.evidence.schema import load_evidence
from checks.judges.measured import Reading, reading_of
from checks.specs import MeasurementCheck
from core.units import BASES, UNITS, BadQuantity, Unit, convert, parse_quantity
from curriculum.models import Exercise
from curriculum.schema.predictions import PredictionSpec
from grading.errors import EvidenceMissing, PredictionMade, PredictionMissing, PredictionUnknown, PredictionUnlikely
from grading.models import Prediction, Submission
from grading.variants import spec_with, values_graded_with

# Numbers that are the same when they come back from JSON or another unit.
SAME = 1e-9

Key = tuple[int, int, str]  # user, exercise, the prediction's id


def predict(*, user: User, exercise: Exercise, key: str, said: str | float) -> Prediction:
    """Commit to a prediction: a number in its unit, or a text with another unit of the kind. The same once more changes
    nothing. Raises PredictionUnknown, PredictionUnlikely, PredictionMade."""
    spec = _find(exercise, key)
    value = convert(_value_of(said, spec), spec.measure, base_of(spec))
    made, _is_new = Prediction.objects.get_or_create(
        user=user, exercise=exercise, key=key, defaults={"value": value, "made_at": timezone.now()}
    )
    if not math.isclose(made.value, value, rel_tol=SAME):
        raise PredictionMade(_("You have committed to another prediction. It stays as it is."))
    return made


def require_predictions(user: User, exercise: Exercise) -> None:
    """Raises PredictionMissing until everything has been predicted that the exercise asks for. One query, none for an
    exercise without predictions."""
    wanted = [one.id for one in predictions_in(exercise)]
    if not wanted:
        return
    made = Prediction.objects.filter(user=user, exercise=exercise, key__in=wanted).count()
    if made < len(wanted):
        raise PredictionMissing(
            _("Predict first: commit to a number above, then measure. Any honest guess will do, and none costs points.")
        )


def predictions_in(exercise: Exercise) -> tuple[PredictionSpec, ...]:
    """What the exercise asks to be predicted."""
    return tuple(PredictionSpec.model_validate(one) for one in exercise.definition.get("predictions", ()))


def note_measured(submissions: Sequence[Submission]) -> None:
    """Write what graded submissions have measured beside the predictions, where the check is passed and nothing stands
    there yet. Call it in the transaction of what changed; select the exercise with them. Two statements."""
    wanted = [one for one in submissions if one.exercise.definition.get("predictions")]
    if not wanted:
        return
    rows = Prediction.objects.select_for_update().filter(
        user__in={one.user_id for one in wanted}, exercise__in={one.exercise_id for one in wanted}, measured=None
    )
    open_ones = {(row.user_id, row.exercise_id, row.key): row for row in rows.order_by("pk")}
    for submission in wanted:
        _note(submission, open_ones)
    noted = [row for row in open_ones.values() if row.measured is not None]
    Prediction.objects.bulk_update(noted, ["measured", "reference"], batch_size=100)


def base_of(spec: PredictionSpec) -> Unit:
    """The unit in which its values are stored."""
    return UNITS[BASES[spec.measure.dimension]]


def _find(exercise: Exercise, key: str) -> PredictionSpec:
    found = next((one for one in predictions_in(exercise) if one.id == key), None)
    if found is None:
        raise PredictionUnknown(_("This exercise asks for no prediction of that name."))
    return found


def _value_of(said: str | float, spec: PredictionSpec) -> float:
    try:
        value = parse_quantity(said, spec.measure) if isinstance(said, str) else float(said)
    except BadQuantity as bad:
        raise PredictionUnlikely(str(bad).capitalize() + ".") from bad
    if not math.isfinite(value) or not _least(spec) <= value <= _most(spec):
        raise PredictionUnlikely(_range_words(spec))
    return value


def _least(spec: PredictionSpec) -> float:
    return -1e15 if spec.min is None else spec.min


def _most(spec: PredictionSpec) -> float:
    return 1e15 if spec.max is None else spec.max


def _range_words(spec: PredictionSpec) -> str:
    least, most = f"{_least(spec):g} {spec.unit}".strip(), f"{_most(spec):g} {spec.unit}".strip()
    return _("That can't be meant: a number from %(least)s to %(most)s is asked for.") % {"least": least, "most": most}


def _note(submission: Submission, rows: Mapping[Key, Prediction]) -> None:
    for spec, check in _measured_in(submission):
        row = rows.get((submission.user_id, submission.exercise_id, spec.id))
        reading = _reading(submission, check) if row and row.measured is None else None
        if row and reading and reading.measured is not None and reading.reference is not None:
            row.measured = convert(reading.measured, check.measure, base_of(spec))
            row.reference = convert(reading.reference, check.measure, base_of(spec))


def _measured_in(submission: Submission) -> list[tuple[PredictionSpec, MeasurementCheck]]:
    """The predictions whose checks the submission passes."""
    wanted = {one.of: one for one in predictions_in(submission.exercise)}
    passed = {result["check"] for result in submission.results if result["passed"]} & wanted.keys()
    if not passed:
        return []
    checks = spec_with(submission.exercise, values_graded_with(submission)).checks
    return [(wanted[one.id], one) for one in checks if one.id in passed and isinstance(one, MeasurementCheck)]


def _reading(submission: Submission, check: MeasurementCheck) -> Reading | None:
    """None for a check that looks elsewhere since this was graded."""
    try:
        return reading_of(check, load_evidence(submission.evidence))
    except EvidenceMissing:
        return None
