"""Every error of the API has one shape."""

import pytest
from django.test import Client

from sandboxes.errors import NoHost
from tests.learn.conftest import client_of

JSON = "application/json"


def code_of(answer):
    return answer.status_code, answer.json()["error"]["code"]


@pytest.mark.parametrize("path", ["/api/courses", "/api/lessons/course/boxes", "/api/progress"])
def test_an_outsider_signs_in_first(path, lesson):
    assert code_of(Client().get(path)) == (401, "sign-in")


@pytest.mark.parametrize("path", ["/api/sandboxes", "/api/exercises/course/boxes/task/submissions"])
def test_an_outsider_changes_nothing(path, lesson):
    assert code_of(Client().post(path, {"lesson": "course/boxes"}, content_type=JSON)) == (401, "sign-in")


def test_a_change_needs_the_csrf_token(student, lesson):
    client = client_of(student, enforce_csrf_checks=True)
    body = {"lesson": "course/boxes"}
    assert code_of(client.post("/api/sandboxes", body, content_type=JSON)) == (403, "stale")
    client.get("/")
    headers = {"X-CSRFToken": client.cookies["csrftoken"].value}
    assert client.post("/api/sandboxes", body, content_type=JSON, headers=headers).status_code == 200


@pytest.mark.parametrize("body", [{}, {"lesson": 1}, {"lesson": None}, [], {"lesson": "a/\0"}, {"lesson": "\ud800/a"}])
def test_a_body_that_can_not_be_meant(student, lesson, body):
    assert code_of(client_of(student).post("/api/sandboxes", body, content_type=JSON)) == (422, "invalid")


def test_a_body_that_is_not_json(student, lesson):
    assert client_of(student).post("/api/sandboxes", "{", content_type=JSON).status_code in (400, 422)


def test_no_host_is_no_crash(student, lesson, monkeypatch):
    def refuse(**_: object):
        raise NoHost("No host takes machines just now.")

    monkeypatch.setattr("learn.api.request_sandbox", refuse)
    answer = client_of(student).post("/api/sandboxes", {"lesson": "course/boxes"}, content_type=JSON)
    assert code_of(answer) == (503, "unavailable")
    assert answer.json()["error"]["message"] == "No host takes machines just now."


def test_the_schema_can_be_read(student):
    paths = client_of(student).get("/api/openapi.json").json()["paths"]
    assert "/api/sandboxes" in paths
