"""Predict, then measure.

A prediction is made once, comes before the check, and is compared with what was measured.
"""

from collections.abc import Callable

import pytest
from django.db import IntegrityError

from accounts.models import User
from curriculum.models import Exercise
from grading.assignments import assign
from grading.errors import PredictionMade, PredictionMissing, PredictionUnknown, PredictionUnlikely
from grading.models import Prediction, Submission
from grading.predictions.comparison import PLOTTED_MAX, comparison
from grading.predictions.histogram import LEAST_STUDENTS
from grading.predictions.service import predict, require_predictions
from grading.regrading.service import regrade
from grading.submissions.grading import grade_submission
from grading.submissions.service import submit
from sandboxes.models import Sandbox
from tests.support.checks.evidence import measurement_check

MIB = 1024 * 1024
MEMORY = {
    "id": "memory",
    "label": "How much memory?",
    "unit": "MiB",
    "min": 0.1,
    "max": 10_000,
    "of": "memory",
}
PROCESSES = {"id": "count", "label": "How many processes?", "of": "processes", "min": 1}

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _away_from_brokers(queued: list[str], published: list[dict[str, object]]) -> None:
    """Nothing is queued or sent."""


@pytest.fixture
def asking(exercise: Exercise) -> Exercise:
    """The fake engine's machine uses 4 MB and has one process."""
    checks = [
        measurement_check(within_percent=20),
        measurement_check(id="processes", of="processes", unit="", path="/root/count"),
    ]
    exercise.definition["checks"] = [check.model_dump(mode="json") for check in checks]
    exercise.definition["predictions"] = [MEMORY, PROCESSES]
    exercise.points = 4
    exercise.save()
    return exercise


def commit(user: User, exercise: Exercise) -> None:
    predict(assign(exercise, user), key="memory", value=100)
    predict(assign(exercise, user), key="count", value=12)


def check(user: User, exercise: Exercise, sandbox: Sandbox) -> Submission:
    submission = submit(assignment=assign(exercise, user), sandbox=sandbox)
    grade_submission(submission.pk)
    submission.refresh_from_db()
    return submission


def test_prediction_is_kept_in_the_base_unit(student: User, asking: Exercise) -> None:
    assert predict(assign(asking, student), key="memory", value=100).value == 100 * MIB
    assert predict(assign(asking, student), key="count", value="12").value == 12


def test_same_again_is_no_error_and_another_is_refused(student: User, asking: Exercise) -> None:
    first = predict(assign(asking, student), key="memory", value=100)
    for same in (100, "100", "100 MiB", "102400 KiB"):
        assert predict(assign(asking, student), key="memory", value=same) == first
    for other in (101, "100 MB"):
        with pytest.raises(PredictionMade, match="stays"):
            predict(assign(asking, student), key="memory", value=other)
    assert Prediction.objects.get().value == 100 * MIB


def test_database_holds_one_prediction_each(student: User, asking: Exercise) -> None:
    prediction = predict(assign(asking, student), key="memory", value=100)
    prediction.pk = None
    with pytest.raises(IntegrityError):
        prediction.save(force_insert=True)


@pytest.mark.parametrize("value", [0, 10_001, float("inf"), float("nan"), "much", "5 s", "1e9", ""])
def test_what_can_not_be_meant_is_refused(
    student: User, asking: Exercise, value: str | float
) -> None:
    with pytest.raises(PredictionUnlikely):
        predict(assign(asking, student), key="memory", value=value)
    assert not Prediction.objects.exists()


@pytest.mark.parametrize("value", ["1 234", "1\u202f234", "1,234.0", "1.234,0", "1\u2019234 MiB"])
def test_prediction_is_read_as_people_write_it(student: User, asking: Exercise, value: str) -> None:
    assert predict(assign(asking, student), key="memory", value=value).value == 1234 * 1024**2


@pytest.mark.parametrize("value", ["1,234", "1.234"])
def test_prediction_that_can_be_two_numbers_is_asked_again(
    student: User, asking: Exercise, value: str
) -> None:
    with pytest.raises(PredictionUnlikely, match=r"can be read as 1.234 or as 1 and a fraction"):
        predict(assign(asking, student), key="memory", value=value)
    assert not Prediction.objects.exists()


def test_unknown_prediction(student: User, asking: Exercise) -> None:
    with pytest.raises(PredictionUnknown):
        predict(assign(asking, student), key="nothing", value=1)


def test_check_comes_after_all_predictions(
    student: User, asking: Exercise, sandbox: Sandbox
) -> None:
    predict(assign(asking, student), key="memory", value=100)
    with pytest.raises(PredictionMissing, match="Predict first"):
        submit(assignment=assign(asking, student), sandbox=sandbox)
    assert not Submission.objects.exists()
    predict(assign(asking, student), key="count", value=2)
    assert submit(assignment=assign(asking, student), sandbox=sandbox).number == 1


def test_exercise_without_predictions_costs_no_query(
    student: User, exercise: Exercise, django_assert_num_queries: Callable[..., object]
) -> None:
    with django_assert_num_queries(0):  # type: ignore[attr-defined]  # pytest-django's
        require_predictions(assign(exercise, student))


def test_measured_is_shown_once_its_check_is_passed(
    student: User, asking: Exercise, sandbox: Sandbox, files: dict[str, bytes]
) -> None:
    commit(student, asking)
    files["/root/answer"], files["/root/count"] = b"900 MiB", b"1"
    assert check(student, asking, sandbox).score == 2
    memory, count = comparison(assign(asking, student))
    assert (memory["value"], memory["measured"], memory["reference"], memory["class"]) == (
        100,
        None,
        None,
        None,
    )
    assert (count["value"], count["measured"], count["reference"]) == (12, 1, 1)
    files["/root/answer"] = b"4.1 MB"
    assert check(student, asking, sandbox).passed
    memory, _count = comparison(assign(asking, student))
    assert memory["measured"] == pytest.approx(4_100_000 / MIB)
    assert memory["reference"] == pytest.approx(4_000_000 / MIB)


def test_first_measurement_stays(
    student: User, asking: Exercise, sandbox: Sandbox, files: dict[str, bytes]
) -> None:
    commit(student, asking)
    files["/root/count"] = b"1"
    for written in (b"4 MB", b"4.2 MB"):
        files["/root/answer"] = written
        check(student, asking, sandbox)
    assert Prediction.objects.get(key="memory").measured == pytest.approx(4_000_000)


def test_corrected_check_brings_the_measurement(
    student: User, asking: Exercise, sandbox: Sandbox, files: dict[str, bytes]
) -> None:
    commit(student, asking)
    files["/root/answer"], files["/root/count"] = b"6 MB", b"1"
    submission = check(student, asking, sandbox)
    assert Prediction.objects.get(key="memory").measured is None
    asking.definition["checks"][0]["within_percent"] = 60
    asking.save()
    list(regrade([submission.pk], by=None))
    assert Prediction.objects.get(key="memory").measured == pytest.approx(6_000_000)


def test_question_has_the_students_values(student: User, asking: Exercise) -> None:
    asking.definition["parameters"] = [{"kind": "value", "name": "size", "value": "192"}]
    asking.definition["predictions"][0] = {**MEMORY, "label": "How much of {{ size }} MiB?"}
    assert comparison(assign(asking, student))[0]["label"] == "How much of 192 MiB?"


# --- The class ------------------------------------------------------------------------------------


def others(exercise: Exercise, count: int, *, measured: int = 0, role: str = "student") -> None:
    """`count` others predict 1 MiB, 2 MiB, …; some of them have measured twice as much."""
    start = User.objects.count()
    users = [User(username=f"u{start + number}", role=role) for number in range(count)]
    predictions_made = [
        Prediction(
            user=user,
            exercise=exercise,
            key="memory",
            value=number * MIB,
            measured=2 * number * MIB if number <= measured else None,
            reference=2 * number * MIB if number <= measured else None,
            made_at="2026-11-27T12:00:00Z",
        )
        for number, user in enumerate(User.objects.bulk_create(users), 1)
    ]
    Prediction.objects.bulk_create(predictions_made)


@pytest.fixture
def measured(student: User, asking: Exercise) -> Exercise:
    """The student has predicted 100 MiB and measured 4."""
    predict(assign(asking, student), key="memory", value=100)
    Prediction.objects.update(measured=4 * MIB, reference=4 * MIB)
    return asking


def test_others_are_not_shown_while_they_are_few(student: User, measured: Exercise) -> None:
    others(measured, LEAST_STUDENTS - 2, measured=LEAST_STUDENTS - 2)
    shown = comparison(assign(measured, student))[0]["class"]
    assert (shown["students"], shown["least"]) == (LEAST_STUDENTS - 1, LEAST_STUDENTS)
    assert (shown["predicted"], shown["measured"]) == (None, None)
    assert shown["edges"] == [1, 2, 5, 10, 20, 50, 100]  # those of one's own numbers


def test_each_row_is_shown_when_it_has_enough(student: User, measured: Exercise) -> None:
    others(measured, LEAST_STUDENTS - 1, measured=LEAST_STUDENTS - 2)
    shown = comparison(assign(measured, student))[0]["class"]
    assert sum(shown["predicted"]) == LEAST_STUDENTS
    assert shown["measured"] is None
    Prediction.objects.filter(measured=None).update(measured=MIB, reference=MIB)
    assert sum(comparison(assign(measured, student))[0]["class"]["measured"]) == LEAST_STUDENTS


def test_whoever_teaches_is_not_of_the_class(student: User, measured: Exercise) -> None:
    others(measured, 20, role="instructor")
    assert comparison(assign(measured, student))[0]["class"]["students"] == 1


def test_class_costs_two_queries_however_large(
    student: User, measured: Exercise, django_assert_num_queries: Callable[..., object]
) -> None:
    others(measured, PLOTTED_MAX + 10, measured=PLOTTED_MAX)
    with django_assert_num_queries(2):  # type: ignore[attr-defined]  # pytest-django's
        shown = comparison(assign(measured, student))[0]["class"]
    assert shown["students"] == sum(shown["predicted"]) == PLOTTED_MAX
    assert shown["log"]
    assert len(shown["edges"]) <= 22


def test_before_measuring_nothing_of_the_class_is_told(student: User, asking: Exercise) -> None:
    others(asking, 20, measured=20)
    predict(assign(asking, student), key="memory", value=100)
    assert [row["class"] for row in comparison(assign(asking, student))] == [None, None]
