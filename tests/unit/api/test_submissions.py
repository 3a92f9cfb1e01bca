"""The API's submissions."""

from django.utils import timezone

from grading.models import Submission
from tests.support.factories import SandboxFactory, SubmissionFactory
from tests.support.learners import client_of, ready_sandbox

PATH = "/api/exercises/course/boxes/task/submissions"


def test_check(student, lesson, pooled_machine):
    ready_sandbox(student, lesson, pooled_machine)
    answer = client_of(student).post(PATH)
    assert answer.status_code == 200
    body = answer.json()
    assert (body["exercise"], body["number"], body["state"]) == ("course/boxes/task", 1, "queued")


def test_a_double_click_is_one_submission(student, lesson, pooled_machine):
    ready_sandbox(student, lesson, pooled_machine)
    client = client_of(student)
    assert client.post(PATH).json()["id"] == client.post(PATH).json()["id"]


def test_without_a_running_machine_nothing_is_submitted(student, lesson):
    client = client_of(student)
    for state in (None, "parked"):
        if state:
            SandboxFactory(user=student, lesson=lesson, state=state)
        answer = client.post(PATH)
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "sandbox-not-ready")
    assert not Submission.objects.exists()


def test_anothers_machine_is_of_no_use(student, other, lesson, pooled_machine):
    ready_sandbox(student, lesson, pooled_machine)
    assert client_of(other).post(PATH).status_code == 409


def test_an_unknown_exercise(student, lesson):
    answer = client_of(student).post("/api/exercises/course/boxes/nothing/submissions")
    assert answer.status_code == 404


def test_show(student, other, instructor, exercise):
    results = [{"check": "answer", "passed": True, "waits_for": [], "hidden": False}]
    submission = SubmissionFactory(
        user=student, exercise=exercise, number=1, state="graded", points=3, score=3,
        results=results,
        evidence={"secret": 1}, changed_at=timezone.now(),
    )  # fmt: skip
    path = f"/api/submissions/{submission.pk}"
    body = client_of(student).get(path).json()
    assert (body["score"], body["results"]) == (3, results)
    assert "evidence" not in body
    assert client_of(instructor).get(path).status_code == 200
    assert client_of(other).get(path).status_code == 404
