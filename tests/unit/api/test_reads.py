"""What the API says of courses, lessons and progress."""

from django.utils import timezone

from tests.support.factories import ScoreFactory
from tests.support.learners import client_of


def test_courses(student, lesson):
    (course,) = client_of(student).get("/api/courses").json()["courses"]
    assert (course["slug"], course["title"]) == ("course", "A course")
    assert course["lessons"][0] == {
        "slug": "boxes",
        "title": "About boxes",
        "summary": "Short.",
        "minutes": 10,
        "exercises": 1,
        "points": 3,
    }


def test_lesson(student, lesson):
    body = client_of(student).get("/api/lessons/course/boxes").json()
    assert (body["key"], body["machines"]) == ("course/boxes", [{"name": "box", "kind": "linux"}])
    assert [block["type"] for block in body["blocks"]] == ["html", "exercise", "html"]
    (exercise,) = body["exercises"]
    assert exercise["hints"] == [
        {"number": number, "cost": 0, "opened": False, "html": ""} for number in (1, 2)
    ]  # closed
    assert exercise["terms"]["live"] is True
    assert "definition" not in exercise
    assert "checks" not in exercise


def test_an_unknown_lesson(student, lesson):
    assert client_of(student).get("/api/lessons/course/nothing").status_code == 404


def test_progress(student, other, exercise):
    ScoreFactory(user=student, exercise=exercise, best=3, attempts=1, passed_at=timezone.now())
    (course,) = client_of(student).get("/api/progress").json()["courses"]
    assert (course["exercises"], course["passed"], course["points"], course["earned"]) == (
        1,
        1,
        3,
        3,
    )
    assert course["lessons"][0] == {
        "slug": "boxes",
        "title": "About boxes",
        "exercises": 1,
        "passed": 1,
        "points": 3,
        "earned": 3,
    }
    (course,) = client_of(other).get("/api/progress").json()["courses"]
    assert (course["passed"], course["earned"]) == (0, 0)
