"""Compare a student's predictions with their measurements and with those of the class."""

from collections.abc import Sequence
from typing import Any

from accounts.models import User
from core.units import convert
from curriculum.models import Exercise
from curriculum.schema.predictions import PredictionSpec
from grading.assignments import Assignment
from grading.models import Prediction
from grading.predictions.histogram import LEAST_STUDENTS, count, scale_for
from grading.predictions.service import base_of

# A class's plot is made of so many predictions at most, the newest, so that it costs the same for
# every class.
PLOTTED_MAX = 1000

Pair = tuple[float, float | None]  # the value predicted, the value measured


def prediction_payload(spec: PredictionSpec, prediction: Prediction | None) -> dict[str, Any]:
    """Return a prediction as JSON; numbers are in `unit`, null where there is none yet.

    {"id", "label", "unit", "min", "max", "value", "measured", "reference", "made_at"}
    """
    payload: dict[str, Any] = {
        "id": spec.id,
        "label": spec.label,
        "unit": spec.unit,
        "min": spec.min,
        "max": spec.max,
    }
    for name in ("value", "measured", "reference"):
        number = getattr(prediction, name) if prediction else None
        payload[name] = None if number is None else in_unit(spec, number)
    return payload | {"made_at": prediction.made_at.isoformat() if prediction else None}


def comparison(assignment: Assignment) -> list[dict[str, Any]]:
    """Return prediction_payload() of each of the exercise's predictions, with "class".

    "class" is the class's distribution once the student has measured, null before. Two queries,
    however many students there are.
    """
    user, exercise = assignment.user, assignment.exercise
    rows = Prediction.objects.filter(user=user, exercise=exercise)
    predictions = {row.key: row for row in rows}
    measured = [key for key, row in predictions.items() if row.measured is not None]
    keys = [spec.id for spec in assignment.spec.predictions if spec.id in measured]
    pairs = pairs_of_class(exercise, keys) if keys else {}
    return [
        prediction_payload(spec, predictions.get(spec.id))
        | {
            "class": class_payload(spec, predictions[spec.id], pairs[spec.id])
            if spec.id in keys
            else None
        }
        for spec in assignment.spec.predictions
    ]


def pairs_of_class(exercise: Exercise, keys: Sequence[str]) -> dict[str, list[Pair]]:
    """Return (predicted, measured) of students, the newest predictions first, by key.

    Whoever teaches is no student.
    """
    rows = Prediction.objects.filter(
        exercise=exercise, key__in=keys, user__role=User.Role.STUDENT
    ).order_by("-pk")
    pairs: dict[str, list[Pair]] = {key: [] for key in keys}
    newest = rows.values_list("key", "value", "measured")[: PLOTTED_MAX * len(keys)]
    for key, value, measured in newest:
        pairs[key].append((value, measured))
    return pairs


def class_payload(spec: PredictionSpec, own: Prediction, pairs: Sequence[Pair]) -> dict[str, Any]:
    """Return the distribution of a class as JSON.

    {"students", "least", "log", "edges", "predicted", "measured"}: how many students there are; how
    many there have to be before others' numbers are shown; the scale's edges in the prediction's
    unit; and how many predictions and measurements lie between each two edges, null while they are
    fewer than `least`.
    """
    predicted = [in_unit(spec, value) for value, _measured in pairs]
    measured = [in_unit(spec, value) for _predicted, value in pairs if value is not None]
    shown = [values if len(values) >= LEAST_STUDENTS else None for values in (predicted, measured)]
    own_values = [
        in_unit(spec, value)
        for value in (own.value, own.measured, own.reference)
        if value is not None
    ]
    scale = scale_for([*own_values, *(value for values in shown for value in values or ())])
    counts = [None if values is None else count(values, scale) for values in shown]
    return {
        "students": len(pairs),
        "least": LEAST_STUDENTS,
        "log": scale.log,
        "edges": list(scale.edges),
        "predicted": counts[0],
        "measured": counts[1],
    }


def in_unit(spec: PredictionSpec, value: float) -> float:
    """Convert a stored value to the prediction's unit."""
    return convert(value, base_of(spec), spec.measure)
