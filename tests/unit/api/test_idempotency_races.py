"""Idempotency keys when calls meet, in real threads with transactions of their own.

They run on SQLite, and on PostgreSQL (DATABASE_URL).
"""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections

from api.models import AnsweredCall
from sandboxes.lifecycle import extend_sandbox
from tests.support.factories import CourseFactory, LessonFactory, SandboxFactory, UserFactory
from tests.support.learners import client_of

KEY = {"Idempotency-Key": "one"}
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def post(database_on_disk):
    """Sends the same POST as the same student, from whichever thread calls it."""
    student = UserFactory(username="racer")
    sandbox = SandboxFactory(
        user=student,
        lesson=LessonFactory(course=CourseFactory(slug="course", title="C"), slug="boxes"),
    )
    clients = [client_of(student, raise_request_exception=False) for _ in range(4)]

    def send(_number=0):
        try:
            return clients.pop().post(f"/api/sandboxes/{sandbox.pk}/extend", headers=KEY)
        finally:
            connections["default"].close()

    return send


@pytest.fixture
def acted(monkeypatch):
    """One entry for each time the call had its effect; `.hook()` runs in the middle of it."""

    class Acted(list):
        hook = staticmethod(lambda: None)

    actions = Acted()

    def extend(**arguments: object):
        extended = extend_sandbox(**arguments)
        actions.hook()
        actions.append(extended.expires_at)
        return extended

    monkeypatch.setattr("api.routes.extend_sandbox", extend)
    return actions


def test_the_same_call_several_times_at_once_acts_once(post, acted):
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(post, range(4)))
    assert [answer.status_code for answer in answers] == [200] * 4
    assert len({answer.json()["expires_at"] for answer in answers}) == 1
    assert sum("Idempotent-Replayed" in answer.headers for answer in answers) == 3
    assert len(acted) == 1


@pytest.fixture
def slow(acted):
    """Holds the first call in the middle until `go` is set; `begun` says that it is there."""
    acted.begun, acted.go = threading.Event(), threading.Event()

    def wait():
        acted.begun.set()
        assert acted.go.wait(30)

    acted.hook = wait
    return acted


def test_a_second_call_waits_for_the_first(post, slow):
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(post)
        assert slow.begun.wait(30)
        second = pool.submit(post)
        with pytest.raises(TimeoutError):
            second.result(0.3)
        slow.go.set()
        answers = [first.result(30), second.result(30)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    assert "Idempotent-Replayed" in answers[1].headers
    assert len(slow) == 1


@pytest.mark.skipif(
    connection.vendor == "sqlite", reason="SQLite lets no writer in meanwhile, whatever its key"
)
def test_a_second_call_does_not_wait_for_ever(post, slow, monkeypatch):
    monkeypatch.setattr("api.idempotency.WAIT_SECONDS", 0.2)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(post)
        assert slow.begun.wait(30)
        busy = pool.submit(post).result(30)
        assert (busy.status_code, busy.json()["error"]["code"]) == (409, "key-busy")
        slow.go.set()
        assert first.result(30).status_code == 200
    again = post()
    assert again.json() == first.result().json()
    assert len(slow) == 1


def test_a_call_that_dies_in_the_middle_frees_its_key(post, acted):
    """Drop its connection, as when the process is killed: the database rolls back."""

    def die():
        acted.hook = lambda: None
        connections["default"].connection.close()
        raise SystemExit

    acted.hook = die
    with ThreadPoolExecutor(1) as pool, pytest.raises(SystemExit):
        pool.submit(post).result(30)
    assert not AnsweredCall.objects.exists()
    answer = post()
    assert (answer.status_code, "Idempotent-Replayed" in answer.headers) == (200, False)
    assert len(acted) == 1
