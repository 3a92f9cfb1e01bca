"""The API's predictions: committed once, ahead of the check."""

import pytest

from curriculum.models import Exercise
from grading.models import Prediction, Submission
from tests.support.factories import SandboxFactory
from tests.support.learners import MEASURED, PREDICTED, client_of

PATH = "/api/exercises/course/boxes/task/predictions"
CHECK = "/api/exercises/course/boxes/task/submissions"


@pytest.fixture
def asking(exercise: Exercise) -> Exercise:
    exercise.definition |= {"checks": [MEASURED], "predictions": [PREDICTED]}
    exercise.save()
    return exercise


def post(client, value, prediction="memory", key=None):
    body = {"prediction": prediction, "value": value}
    headers = {"Idempotency-Key": key} if key else {}
    return client.post(PATH, body, content_type="application/json", headers=headers)


def code(answer):
    return answer.status_code, answer.json()["error"]["code"]


def test_what_is_asked_stands_in_the_lesson(student, asking):
    lesson = client_of(student).get("/api/lessons/course/boxes").json()
    public_fields = {key: value for key, value in PREDICTED.items() if key != "of"}
    assert lesson["exercises"][0]["predictions"] == [public_fields]


def test_commit_and_read(student, other, asking):
    client = client_of(student)
    assert client.get(PATH).json()["predictions"][0]["value"] is None
    (prediction,) = post(client, "150 MiB").json()["predictions"]
    assert (
        prediction["value"],
        prediction["unit"],
        prediction["measured"],
        prediction["class"],
    ) == (
        150,
        "MiB",
        None,
        None,
    )
    assert client.get(PATH).json()["predictions"] == [prediction]
    assert client_of(other).get(PATH).json()["predictions"][0]["value"] is None


def test_the_same_again_is_no_error(student, asking):
    client = client_of(student)
    answers = [post(client, 150).json() for _ in range(2)]
    assert answers[0] == answers[1]
    assert Prediction.objects.count() == 1


def test_another_one_is_refused(student, asking):
    client = client_of(student)
    post(client, 150)
    assert code(post(client, 151)) == (409, "prediction-made")
    assert Prediction.objects.get().value == 150 * 1024 * 1024


def test_a_key_gives_the_first_answer_again(student, asking):
    client = client_of(student)
    first = post(client, 150, key="k")
    again = post(client, 150, key="k")
    assert again.headers["Idempotent-Replayed"] == "true"
    assert first.json() == again.json()


@pytest.mark.parametrize("value", [-1, 1001, "much", "3 s", "", None, [1]])
def test_what_can_not_be_meant(student, asking, value):
    assert code(post(client_of(student), value)) == (422, "invalid")
    assert not Prediction.objects.exists()


def test_unknown_ones(student, asking):
    client = client_of(student)
    assert code(post(client, 1, prediction="nothing")) == (404, "not-found")
    assert client.get(PATH.replace("task", "nothing")).status_code == 404


def test_check_is_refused_until_then(student, lesson, asking, pooled_machine):
    pooled_machine.sandbox, pooled_machine.name, pooled_machine.state = (
        SandboxFactory(user=student, lesson=lesson),
        "box",
        "claimed",
    )
    pooled_machine.save()
    client = client_of(student)
    refused = client.post(CHECK)
    assert code(refused) == (409, "prediction-missing")
    assert "Predict first" in refused.json()["error"]["message"]
    assert not Submission.objects.exists()
    post(client, 150)
    assert client.post(CHECK).json()["state"] == "queued"


def test_class_is_shown_once_measured(student, asking):
    client = client_of(student)
    post(client, 150)
    Prediction.objects.update(measured=5 << 20, reference=4 << 20)
    (prediction,) = client.get(PATH).json()["predictions"]
    assert (prediction["measured"], prediction["reference"]) == (5, 4)
    assert (
        prediction["class"]["students"],
        prediction["class"]["least"],
        prediction["class"]["predicted"],
    ) == (
        1,
        5,
        None,
    )
    assert prediction["class"]["edges"][0] <= 4
    assert prediction["class"]["edges"][-1] >= 150


def test_page_asks_and_remembers(student, lesson, asking):
    page = client_of(student).get("/courses/course/boxes/")
    assert b"How much?" in page.content
    post(client_of(student), 150)
    data = client_of(student).get("/courses/course/boxes/").context["lesson_data"]
    assert data["exercises"][0]["predictions"][0]["value"] == 150
