"""Personal tokens at the HTTP API."""

import pytest
from django.test import Client

from accounts.tokens import create_token, revoke_token
from tests.support.learners import client_of

JSON = "application/json"


def bearer(raw):
    return {"Authorization": f"Bearer {raw}"}


def code_of(answer):
    return answer.status_code, answer.json()["error"]["code"]


@pytest.fixture
def token(student):
    return create_token(student, "laptop")


def test_a_token_is_its_owner(student, lesson, token):
    client = Client(enforce_csrf_checks=True, headers=bearer(token[1]))
    assert client.get("/api/courses").status_code == 200
    assert (
        client.post("/api/sandboxes", {"lesson": "course/boxes"}, content_type=JSON).status_code
        == 200
    )
    assert student.sandboxes.count() == 1


def test_the_schemes_name_is_in_any_case(lesson, token):
    assert (
        Client().get("/api/courses", headers={"Authorization": f"bearer {token[1]}"}).status_code
        == 200
    )


@pytest.mark.parametrize(
    "raw", ["", "x", "drydock_", "drydock_ü", "drydock_\x00", "a b", "x" * 5000]
)
def test_a_wrong_token(student, lesson, raw):
    answer = Client().get("/api/courses", headers=bearer(raw))
    assert code_of(answer) == (401, "bad-token")
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_wrong_token_is_wrong_beside_a_session(student, lesson):
    assert code_of(client_of(student).get("/api/courses", headers=bearer("drydock_x"))) == (
        401,
        "bad-token",
    )


def test_the_token_counts_and_not_the_session_beside_it(student, other, lesson, token):
    client = client_of(other)
    client.post(
        "/api/sandboxes", {"lesson": "course/boxes"}, content_type=JSON, headers=bearer(token[1])
    )
    assert (student.sandboxes.count(), other.sandboxes.count()) == (1, 0)


def test_a_revoked_token(lesson, token):
    revoke_token(token[0])
    assert code_of(Client().get("/api/courses", headers=bearer(token[1]))) == (401, "bad-token")


def test_whoever_was_switched_off_is_out(student, lesson, token):
    student.is_active = False
    student.save()
    assert code_of(Client().get("/api/courses", headers=bearer(token[1]))) == (401, "bad-token")


def test_another_scheme_is_no_token(student, lesson):
    basic = {"Authorization": "Basic YTpi"}
    assert code_of(Client().get("/api/courses", headers=basic)) == (401, "sign-in")
    assert client_of(student).get("/api/courses", headers=basic).status_code == 200


def test_others_things_are_not_there_by_token_either(student, other, lesson, token):
    body = (
        client_of(other)
        .post("/api/sandboxes", {"lesson": "course/boxes"}, content_type=JSON)
        .json()
    )
    assert code_of(Client().get(f"/api/sandboxes/{body['id']}", headers=bearer(token[1]))) == (
        404,
        "not-found",
    )
