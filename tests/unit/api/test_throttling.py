"""What one user may ask for."""

import pytest

from core.shared_cache import OUTAGE
from sandboxes.models import Sandbox
from tests.support.factories import LessonFactory, SandboxFactory
from tests.support.learners import client_of

JSON = "application/json"


@pytest.fixture(autouse=True)
def _one_minute(monkeypatch):
    """The clock stands, in a minute of this test's own."""
    monkeypatch.setattr("api.throttling.time.time", lambda: 600_000_045.0)


def start(client, lesson="course/boxes"):
    return client.post("/api/sandboxes", {"lesson": lesson}, content_type=JSON)


def test_reads_and_changes_have_limits_of_their_own(student, other, lesson, settings):
    settings.API_READS_PER_MINUTE, settings.API_CHANGES_PER_MINUTE = 3, 1
    client = client_of(student)
    assert [client.get("/api/courses").status_code for _ in range(4)] == [200, 200, 200, 429]
    assert [start(client).status_code for _ in range(2)] == [200, 429]
    assert client_of(other).get("/api/courses").status_code == 200


def test_who_is_too_fast_is_told_how_long_to_wait(student, lesson, settings):
    settings.API_READS_PER_MINUTE = 0
    answer = client_of(student).get("/api/courses")
    assert (answer.json()["error"]["code"], answer["Retry-After"]) == ("too-fast", "15")


def test_the_next_minute_is_a_new_one(student, lesson, settings, monkeypatch):
    settings.API_READS_PER_MINUTE = 1
    client = client_of(student)
    assert [client.get("/api/courses").status_code for _ in range(2)] == [200, 429]
    monkeypatch.setattr("api.throttling.time.time", lambda: 600_000_061.0)
    assert client.get("/api/courses").status_code == 200


def test_without_redis_the_api_stays_up_and_has_limits(student, lesson, settings, tmp_path, caplog):
    settings.API_READS_PER_MINUTE = 2
    away = {
        "BACKEND": "core.shared_cache.SharedCache",
        "LOCATION": f"unix://{tmp_path}/away",
        "KEY_PREFIX": "x",
    }
    settings.CACHES = {"default": away}
    OUTAGE.forget()
    client = client_of(student)
    answers = [client.get("/api/courses") for _ in range(3)]
    OUTAGE.forget()
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[-1]["Retry-After"] == "15"
    assert caplog.text.count("Redis does not answer") == 1


def test_so_many_sandboxes_and_no_more(student, other, course, lesson, settings):
    settings.SANDBOXES_PER_USER = 2
    for slug in ("one", "two"):
        SandboxFactory(user=student, lesson=LessonFactory(course=course, slug=slug))
    answer = start(client_of(student))
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "too-many-sandboxes")
    assert "course/one, course/two" in answer.json()["error"]["message"]
    assert start(client_of(student), "course/one").status_code == 200
    assert start(client_of(other)).status_code == 200


def test_what_ends_makes_room(student, course, lesson, settings):
    settings.SANDBOXES_PER_USER = 1
    sandbox = SandboxFactory(user=student, lesson=LessonFactory(course=course, slug="one"))
    client = client_of(student)
    client.delete(f"/api/sandboxes/{sandbox.pk}")
    assert start(client).status_code == 200
    assert Sandbox.objects.filter(user=student).count() == 2
