"""Every error of the API has one shape."""

import pytest
from django.test import Client

from sandboxes.errors import NoHost
from tests.support.learners import client_of

JSON = "application/json"


def code_of(answer):
    return answer.status_code, answer.json()["error"]["code"]


@pytest.mark.parametrize("path", ["/api/courses", "/api/lessons/course/boxes", "/api/progress"])
def test_an_outsider_signs_in_first(path, lesson):
    assert code_of(Client().get(path)) == (401, "sign-in")


@pytest.mark.parametrize("path", ["/api/sandboxes", "/api/exercises/course/boxes/task/submissions"])
def test_an_outsider_changes_nothing(path, lesson):
    assert code_of(Client().post(path, {"lesson": "course/boxes"}, content_type=JSON)) == (
        401,
        "sign-in",
    )


def test_a_change_needs_the_csrf_token(student, lesson):
    client = client_of(student, enforce_csrf_checks=True)
    body = {"lesson": "course/boxes"}
    assert code_of(client.post("/api/sandboxes", body, content_type=JSON)) == (403, "stale")
    client.get("/")
    headers = {"X-CSRFToken": client.cookies["drydock_csrf"].value}
    assert (
        client.post("/api/sandboxes", body, content_type=JSON, headers=headers).status_code == 200
    )


@pytest.mark.parametrize(
    "body", [{}, {"lesson": 1}, {"lesson": None}, [], {"lesson": "a/\0"}, {"lesson": "\ud800/a"}]
)
def test_a_body_that_can_not_be_meant(student, lesson, body):
    assert code_of(client_of(student).post("/api/sandboxes", body, content_type=JSON)) == (
        422,
        "invalid",
    )


def test_a_body_that_is_missing(student, lesson):
    answer = client_of(student).post("/api/sandboxes", content_type=JSON)
    assert code_of(answer) == (422, "invalid")
    assert answer.json()["error"]["message"] == "lesson: is missing"


@pytest.mark.parametrize("body", ["{", "\x00", "[" * 60_000])
def test_a_body_that_is_not_json(student, lesson, body):
    assert code_of(client_of(student).post("/api/sandboxes", body, content_type=JSON)) == (
        400,
        "bad-json",
    )


def test_who_is_not_signed_in_is_told_what_to_do(lesson):
    answer = Client(enforce_csrf_checks=True).post(
        "/api/sandboxes", {"lesson": "course/boxes"}, content_type=JSON
    )
    assert code_of(answer) == (401, "sign-in")
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert "Authorization: Bearer" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "path",
    [
        "/api/",
        "/api/nothing",
        "/api/courses/",
        "/api/sandboxes/1",
        "/api/a\x00b",
        "/api/lessons/ü/x",
    ],
)
def test_an_unknown_path(student, path):
    assert code_of(client_of(student).get(path)) == (404, "not-found")
    assert code_of(Client().post(path)) == (404, "not-found")


def test_a_wrong_method_names_the_right_ones(student):
    answer = client_of(student).put("/api/courses")
    assert code_of(answer) == (405, "wrong-method")
    assert answer["Allow"] == "GET"


def test_a_body_that_is_too_large(student, lesson):
    body = {"lesson": "x" * 70_000}
    assert code_of(client_of(student).post("/api/sandboxes", body, content_type=JSON)) == (
        413,
        "too-large",
    )


def test_a_body_of_unknown_length(student, lesson):
    client = client_of(student)
    chunked = client.post(
        "/api/sandboxes",
        b"",
        content_type=JSON,
        CONTENT_LENGTH="",
        HTTP_TRANSFER_ENCODING="chunked",
    )
    assert code_of(chunked) == (411, "length-required")
    assert code_of(client.post("/api/sandboxes", b"", content_type=JSON, CONTENT_LENGTH="-1")) == (
        411,
        "length-required",
    )


def test_a_wrong_host(student):
    assert code_of(Client().get("/api/courses", headers={"host": "elsewhere.example"})) == (
        400,
        "bad-request",
    )


@pytest.mark.parametrize("debug", [True, False])
def test_a_crash(student, monkeypatch, settings, debug):
    def crash(**_: object):
        raise RuntimeError("secret")

    settings.DEBUG = debug
    monkeypatch.setattr("api.payloads.courses_payload", crash)
    client = client_of(student, raise_request_exception=False)
    answer = client.get("/api/courses")
    assert code_of(answer) == (500, "broken")
    assert "secret" not in answer.text


def test_pages_keep_their_own_errors(student):
    assert client_of(student).get("/nothing")["Content-Type"].startswith("text/html")


def test_no_host_is_no_crash(student, lesson, monkeypatch):
    def refuse(**_: object):
        raise NoHost("No host takes machines just now.")

    monkeypatch.setattr("api.throttling.request_sandbox", refuse)
    answer = client_of(student).post(
        "/api/sandboxes", {"lesson": "course/boxes"}, content_type=JSON
    )
    assert code_of(answer) == (503, "unavailable")
    assert answer.json()["error"]["message"] == "No host takes machines just now."


def test_the_schema_can_be_read(student):
    paths = client_of(student).get("/api/openapi.json").json()["paths"]
    assert "/api/sandboxes" in paths
