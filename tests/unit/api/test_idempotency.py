"""Idempotency keys: the same call again changes nothing and says the same."""

from datetime import timedelta

import pytest
from django.utils import timezone

from api.models import AnsweredCall
from api.tasks import forget_keys
from grading.models import Submission
from sandboxes.errors import NoHost
from sandboxes.models import Sandbox
from tests.support.factories import LessonFactory, SandboxFactory
from tests.support.learners import client_of

JSON = "application/json"
KEY = {"Idempotency-Key": "one"}


def start(client, lesson="course/boxes", headers=KEY):
    return client.post("/api/sandboxes", {"lesson": lesson}, content_type=JSON, headers=headers)


def code_of(answer):
    return answer.status_code, answer.json()["error"]["code"]


def test_the_first_answer_again(student, lesson):
    sandbox = SandboxFactory(user=student, lesson=lesson)
    path = f"/api/sandboxes/{sandbox.pk}/extend"
    client = client_of(student)
    first, again = client.post(path, headers=KEY), client.post(path, headers=KEY)
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert ("Idempotent-Replayed" in first.headers, again["Idempotent-Replayed"]) == (False, "true")
    sandbox.refresh_from_db()
    assert sandbox.expires_at.isoformat() == first.json()["expires_at"]


def test_it_stays_the_answer_when_things_have_moved_on(student, lesson, pooled_machine):
    client = client_of(student)
    first = start(client)
    client.delete(f"/api/sandboxes/{first.json()['id']}")
    assert start(client).json() == first.json()
    assert Sandbox.objects.count() == 1


def test_another_body(student, course, lesson):
    LessonFactory(course=course, slug="third")
    client = client_of(student)
    assert start(client).status_code == 200
    assert code_of(start(client, "course/third")) == (409, "key-reused")
    assert Sandbox.objects.get().lesson_key == "course/boxes"


def test_another_path(student, lesson):
    client, sandbox = client_of(student), SandboxFactory(user=student, lesson=lesson)
    assert client.post(f"/api/sandboxes/{sandbox.pk}/extend", headers=KEY).status_code == 200
    assert code_of(client.post(f"/api/sandboxes/{sandbox.pk}/reset", headers=KEY)) == (
        409,
        "key-reused",
    )


def test_another_key_is_another_call(student, lesson):
    client, path = (
        client_of(student),
        f"/api/sandboxes/{SandboxFactory(user=student, lesson=lesson).pk}/extend",
    )
    ends = [
        client.post(path, headers={"Idempotency-Key": key}).json()["expires_at"] for key in "ab"
    ]
    assert ends[0] < ends[1]


def test_keys_are_each_users_own(student, other, lesson):
    assert start(client_of(student)).json()["id"] != start(client_of(other)).json()["id"]


def test_a_refusal_is_an_answer(student, lesson, pooled_machine):
    client, path = client_of(student), "/api/exercises/course/boxes/task/submissions"
    assert code_of(client.post(path, headers=KEY)) == (409, "sandbox-not-ready")
    pooled_machine.sandbox, pooled_machine.name, pooled_machine.state = (
        SandboxFactory(user=student, lesson=lesson),
        "box",
        "claimed",
    )
    pooled_machine.save()
    again = client.post(path, headers=KEY)
    assert (*code_of(again), again["Idempotent-Replayed"]) == (409, "sandbox-not-ready", "true")
    assert not Submission.objects.exists()
    assert client.post(path, headers={"Idempotency-Key": "two"}).status_code == 200


def test_what_the_platform_failed_at_is_tried_again(student, lesson, monkeypatch):
    def refuse(**_: object):
        raise NoHost("No host takes machines just now.")

    client = client_of(student)
    with monkeypatch.context() as patch:
        patch.setattr("api.throttling.request_sandbox", refuse)
        assert code_of(start(client)) == (503, "unavailable")
    assert start(client).status_code == 200


def test_a_body_that_can_not_be_meant_uses_no_key_up(student, lesson):
    client = client_of(student)
    assert client.post("/api/sandboxes", {}, content_type=JSON, headers=KEY).status_code == 422
    assert start(client).status_code == 200


@pytest.mark.parametrize("key", ["", "a b", "ü", "x" * 201, "a\x00"])
def test_what_can_not_be_a_key(student, lesson, key):
    assert code_of(start(client_of(student), headers={"Idempotency-Key": key})) == (400, "bad-key")
    assert not Sandbox.objects.exists()


def test_a_key_is_forgotten_after_a_day(student, lesson):
    client = client_of(student)
    first = start(client)
    AnsweredCall.objects.update(created_at=timezone.now() - timedelta(hours=25))
    client.delete(f"/api/sandboxes/{first.json()['id']}")
    Sandbox.objects.update(state="gone")
    assert start(client).json()["id"] != first.json()["id"]
    assert AnsweredCall.objects.count() == 1


def test_old_keys_of_people_who_do_not_come_back_go(student, other, lesson):
    for user in (student, other):
        start(client_of(user))
    AnsweredCall.objects.filter(user=other).update(created_at=timezone.now() - timedelta(hours=25))
    forget_keys()
    assert AnsweredCall.objects.get().user == student


def test_a_view_that_dies_leaves_nothing_behind(student, lesson, monkeypatch):
    def die(_sandbox: object):
        raise RuntimeError("the process is killed here")

    client = client_of(student, raise_request_exception=False)
    with monkeypatch.context() as patch:
        patch.setattr("api.routes.sandbox_payload", die)
        assert start(client).status_code == 500
    assert not Sandbox.objects.exists()
    assert start(client).status_code == 200
