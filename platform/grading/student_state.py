"""What a student has of exercises, read in the query that reads the exercises: hints that are open, predictions."""

from datetime import UTC, datetime
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.expressions import Combinable
from django.db.models.functions import JSONObject

from accounts.models import User
from core.aggregates import JSONArrayAgg
from grading.models import OpenedHint, Prediction


def with_standing(exercises: QuerySet[Any], user: User) -> QuerySet[Any]:
    """The exercises with what open_hints() and predicted() read."""
    numbers = JSONObject(**{name: name for name in ("key", "value", "measured", "reference", "made_at")})
    found: QuerySet[Any] = exercises.annotate(
        hints_json=_listed(OpenedHint.objects.filter(user=user), "number"),
        predictions_json=_listed(Prediction.objects.filter(user=user), numbers),
    )
    return found


def open_hints(exercise: Any) -> set[int]:
    """The numbers of the hints that are open, counted from 1. No query."""
    return set(exercise.hints_json or ())


def predicted(exercise: Any) -> dict[str, Prediction]:
    """The predictions that were made, by key, without user and exercise. No query."""
    rows = exercise.predictions_json or ()
    return {row["key"]: Prediction(**row | {"made_at": _moment(row["made_at"])}) for row in rows}


def _listed(rows: QuerySet[Any], value: str | Combinable) -> Subquery:
    """The student's rows of an exercise as a JSON array; null when there are none."""
    grouped = rows.filter(exercise=OuterRef("pk")).order_by().values("exercise")
    return Subquery(grouped.annotate(listed=JSONArrayAgg(value)).values("listed"))


def _moment(text: str) -> datetime:
    """A time in JSON. SQLite keeps times in UTC and does not say so."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
