"""Read what a student has of exercises in the query that reads the exercises.

These are the hints that they have opened and the predictions that they have made.
"""

from datetime import UTC, datetime
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.expressions import Combinable
from django.db.models.functions import JSONObject

from accounts.models import User
from core.aggregates import JSONArrayAgg
from grading.models import OpenedHint, Prediction


def with_student_state(exercises: QuerySet[Any], user: User) -> QuerySet[Any]:
    """Annotate exercises with what open_hints() and predictions_by_key() read."""
    names = ("key", "value", "measured", "reference", "made_at")
    numbers = JSONObject(**{name: name for name in names})
    annotated: QuerySet[Any] = exercises.annotate(
        hints_json=json_array(OpenedHint.objects.filter(user=user), "number"),
        predictions_json=json_array(Prediction.objects.filter(user=user), numbers),
    )
    return annotated


def open_hints(exercise: Any) -> set[int]:
    """Return the numbers of the hints that are open, counted from 1. No query."""
    return set(exercise.hints_json or ())


def predictions_by_key(exercise: Any) -> dict[str, Prediction]:
    """Return the student's predictions by key, without user and exercise. No query."""
    rows = exercise.predictions_json or ()
    return {
        row["key"]: Prediction(**row | {"made_at": parse_moment(row["made_at"])}) for row in rows
    }


def json_array(rows: QuerySet[Any], value: str | Combinable) -> Subquery:
    """Collect a student's rows of an exercise in a JSON array; null when there are none."""
    grouped = rows.filter(exercise=OuterRef("pk")).order_by().values("exercise")
    return Subquery(grouped.annotate(listed=JSONArrayAgg(value)).values("listed"))


def parse_moment(text: str) -> datetime:
    """Parse a time in JSON; SQLite keeps times in UTC and does not say so."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
