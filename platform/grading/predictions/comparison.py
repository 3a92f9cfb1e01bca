"""What a page shows of predictions: a student's own numbers, and how those of the class are spread."""

from collections.abc import Sequence
from typing import Any

from accounts.models import User
from core.units import convert
from curriculum.models import Exercise
from curriculum.schema.placeholders import fill_spec
from curriculum.schema.predictions import PredictionSpec
from grading.models import Prediction
from grading.predictions.histogram import LEAST_STUDENTS, count, scale_for
from grading.predictions.service import base_of, predictions_in
from grading.variants import values_for

# A class's plot is made of so many predictions at most, the newest, so that it costs the same for every class.
PLOTTED_MAX = 1000

Pair = tuple[float, float | None]  # what was predicted, what was measured


def prediction_payload(spec: PredictionSpec, made: Prediction | None) -> dict[str, Any]:
    """{"id", "label", "unit", "min", "max", "value", "measured", "reference", "made_at"}: numbers in `unit`, null where
    there is none yet."""
    numbers = {"value": made.value, "measured": made.measured, "reference": made.reference} if made else {}
    shown = {
        name: None if number is None else convert(number, base_of(spec), spec.measure)
        for name, number in {"value": None, "measured": None, "reference": None, **numbers}.items()
    }
    asked = {"id": spec.id, "label": spec.label, "unit": spec.unit, "min": spec.min, "max": spec.max}
    return {**asked, **shown, "made_at": made.made_at.isoformat() if made else None}


def comparison(user: User, exercise: Exercise) -> list[dict[str, Any]]:
    """prediction_payload of each of the exercise's predictions, with "class": the class's distribution once the student
    has measured, null before. Two queries, however many students there are."""
    mine = {made.key: made for made in Prediction.objects.filter(user=user, exercise=exercise)}
    values = values_for(exercise, user)
    specs = [fill_spec(spec, values) for spec in predictions_in(exercise)]
    keys = [spec.id for spec in specs if spec.id in mine and mine[spec.id].measured is not None]
    others = _of_class(exercise, keys) if keys else {}
    return [
        prediction_payload(spec, mine.get(spec.id))
        | {"class": _class_payload(spec, mine[spec.id], others[spec.id]) if spec.id in keys else None}
        for spec in specs
    ]


def _of_class(exercise: Exercise, keys: Sequence[str]) -> dict[str, list[Pair]]:
    """(predicted, measured) of students, the newest predictions first, by key. Whoever teaches is no student."""
    rows = Prediction.objects.filter(exercise=exercise, key__in=keys, user__role=User.Role.STUDENT)
    found: dict[str, list[Pair]] = {key: [] for key in keys}
    for key, value, measured in rows.order_by("-pk").values_list("key", "value", "measured")[: PLOTTED_MAX * len(keys)]:
        found[key].append((value, measured))
    return found


def _class_payload(spec: PredictionSpec, mine: Prediction, pairs: Sequence[Pair]) -> dict[str, Any]:
    """{"students", "least", "log", "edges", "predicted", "measured"}: how many students there are; how many there have
    to be before others' numbers are shown; the scale's edges in the prediction's unit; and how many predictions and
    measurements lie between each two edges, null while they are fewer than `least`."""
    predicted = [_shown(spec, value) for value, _measured in pairs]
    measured = [_shown(spec, value) for _predicted, value in pairs if value is not None]
    sets = [values if len(values) >= LEAST_STUDENTS else None for values in (predicted, measured)]
    own = [_shown(spec, value) for value in (mine.value, mine.measured, mine.reference) if value is not None]
    scale = scale_for([*own, *(value for values in sets for value in values or ())])
    counts = [None if values is None else count(values, scale) for values in sets]
    return {
        "students": len(pairs),
        "least": LEAST_STUDENTS,
        "log": scale.log,
        "edges": list(scale.edges),
        "predicted": counts[0],
        "measured": counts[1],
    }


def _shown(spec: PredictionSpec, value: float) -> float:
    return convert(value, base_of(spec), spec.measure)
