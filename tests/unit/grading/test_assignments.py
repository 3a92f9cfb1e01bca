"""A definition is parsed once where a request or a task begins, and handed on."""

import json
from typing import Any

import pytest
from django.test import Client

from curriculum.schema.specs import ExerciseSpec
from grading.models import Submission
from grading.tasks import auto_check_exercise, grade
from questions.base import key_of
from tests.support.checks.evidence import measurement_check

pytestmark = pytest.mark.django_db(transaction=True)
PATH = "/api/exercises/course/lesson/first"
QUESTION = {
    "kind": "single",
    "id": "kernel",
    "points": 2,
    "text": "Whose kernel?",
    "options": [{"text": "The host's", "right": True}, {"text": "Its own"}],
}
PREDICTION = {"id": "memory", "label": "How much?", "unit": "MiB", "of": "memory"}


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Definitions that were parsed, in order."""
    definitions: list[Any] = []
    validate = ExerciseSpec.model_validate

    def count(definition: Any, **options: Any) -> ExerciseSpec:
        definitions.append(definition)
        return validate(definition, **options)

    monkeypatch.setattr(ExerciseSpec, "model_validate", count)
    return definitions


@pytest.fixture
def browser(client: Client, student: Any) -> Client:
    client.force_login(student)
    return client


def test_a_submission_parses_once_in_the_request_and_once_in_the_worker(
    browser: Client, sandbox: Any, queued: list[str], published: Any, files: Any, parsed: list[Any]
) -> None:
    assert browser.post(f"{PATH}/submissions").json()["state"] == "queued"
    assert len(parsed) == 1
    grade(queued[0])
    assert len(parsed) == 2
    assert Submission.objects.get().state == "graded"


def test_so_does_one_with_questions_whose_feedback_is_told_at_each_step(
    browser: Client,
    exercise: Any,
    sandbox: Any,
    queued: list[str],
    published: list[Any],
    files: Any,
    parsed: list[Any],
) -> None:
    exercise.definition["questions"] = [QUESTION]
    exercise.points = 7
    exercise.save()
    body = json.dumps({"answers": {"kernel": key_of("The host's")}})
    browser.post(f"{PATH}/submissions", body, content_type="application/json")
    assert len(parsed) == 1
    grade(queued[0])
    assert len(parsed) == 2
    assert [event["payload"]["submission"]["state"] for event in published] == [
        "queued",
        "collecting",
        "graded",
    ]
    assert published[-1]["payload"]["submission"]["feedback"]["kernel"]["passed"]


def test_a_quiz_is_parsed_once(
    browser: Client, exercise: Any, published: Any, parsed: list[Any]
) -> None:
    exercise.definition |= {"questions": [QUESTION], "checks": []}
    exercise.points = 2
    exercise.save()
    body = json.dumps({"answers": {"kernel": key_of("The host's")}})
    answer = browser.post(f"{PATH}/submissions", body, content_type="application/json")
    assert answer.json()["passed"]
    assert len(parsed) == 1


def test_predictions_take_no_further_parsing(
    browser: Client,
    exercise: Any,
    sandbox: Any,
    queued: list[str],
    published: Any,
    files: Any,
    parsed: list[Any],
) -> None:
    measured = measurement_check(within_percent=20).model_dump(mode="json")
    exercise.definition |= {"checks": [measured], "predictions": [PREDICTION]}
    exercise.points = 1
    exercise.save()
    body = json.dumps({"prediction": "memory", "value": 4})
    browser.post(f"{PATH}/predictions", body, content_type="application/json")
    parsed.clear()
    browser.post(f"{PATH}/submissions")
    assert len(parsed) == 1
    grade(queued[0])
    assert len(parsed) == 2


def test_values_of_a_students_own_are_filled_in_once(
    browser: Client,
    exercise: Any,
    sandbox: Any,
    queued: list[str],
    published: Any,
    files: Any,
    parsed: list[Any],
) -> None:
    number = {"kind": "random", "name": "number", "min": 1000, "max": 9999}
    first, second = exercise.definition["checks"]
    checks = [first | {"equals": "{{ number }}"}, second]
    exercise.definition |= {"parameters": [number], "checks": checks}
    exercise.save()
    browser.post(f"{PATH}/submissions")
    assert len(parsed) == 2  # the definition, and the same with the student's values
    grade(queued[0])
    assert len(parsed) == 4


def test_an_auto_check_parses_once_in_the_request_and_once_in_the_worker(
    browser: Client,
    student: Any,
    exercise: Any,
    sandbox: Any,
    queued: list[str],
    files: Any,
    parsed: list[Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("grading.submissions.auto_check.publish", lambda **_: None)
    assert browser.post(f"{PATH}/looks").json()["queued"]
    assert len(parsed) == 1
    auto_check_exercise(student.pk, exercise.pk, "auto_check:slot:0")
    assert len(parsed) == 2
