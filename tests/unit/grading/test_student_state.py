"""What a student has of exercises comes with the exercises, and nobody else's does."""

import datetime as dt

import pytest
from django.utils import timezone

from accounts.models import User
from curriculum.models import Exercise
from grading.models import OpenedHint, Prediction
from grading.student_state import open_hints, predictions_by_key, with_student_state
from tests.support.factories import PredictionFactory, UserFactory

pytestmark = pytest.mark.django_db
MADE_AT = timezone.now().replace(microsecond=250_000)


@pytest.fixture
def other(exercise):
    return Exercise.objects.create(
        lesson=exercise.lesson, slug="other", title="Other", machine="box", points=1, definition={}
    )


def state_of(user: User) -> dict[str, tuple[set[int], dict[str, Prediction]]]:
    exercises = with_student_state(Exercise.objects.all(), user)
    return {
        exercise.slug: (open_hints(exercise), predictions_by_key(exercise))
        for exercise in exercises
    }


def test_nothing(student, exercise, other):
    assert state_of(student) == {exercise.slug: (set(), {}), "other": (set(), {})}


def test_everything_in_one_query(student, exercise, other, django_assert_num_queries):
    numbers = {"value": 2.5, "measured": 3.0, "reference": 3.25}
    for user, hints in ((student, (1, 2)), (UserFactory(username="eve"), (3,))):
        for number in hints:
            OpenedHint.objects.create(user=user, exercise=exercise, number=number)
        PredictionFactory(user=user, exercise=other, key="size", made_at=MADE_AT, **numbers)
    PredictionFactory(user=student, exercise=other, key="time", value=1.0, made_at=MADE_AT)
    with django_assert_num_queries(1):
        standings = state_of(student)
    assert standings[exercise.slug] == ({1, 2}, {})
    hints, attempts = standings["other"]
    assert (hints, attempts.keys()) == (set(), {"size", "time"})
    assert {name: getattr(attempts["size"], name) for name in numbers} == numbers
    assert attempts["time"].measured is None
    assert attempts["time"].made_at == MADE_AT
    assert attempts["time"].made_at.utcoffset() == dt.timedelta(0)
