"""A guest reads published lessons where the operator lets guests read, and does nothing else."""

import json
import re

import pytest
from django.apps import apps
from django.test import Client
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from curriculum.models import Lesson, LessonFile
from tests.support.factories import ExerciseFactory
from tests.support.learners import MEASURED, PREDICTED, client_of

PAGES = (
    "/courses/",
    "/courses/course/",
    "/courses/course/boxes/",
    "/courses/course/more/",
    "/glossary/course/",
    "/search/?q=boxes",
    "/search/results.json?q=boxes",
)
LESSON = "/courses/course/boxes/"


@pytest.fixture
def reading(settings, lesson):
    settings.GUESTS = "read"
    lesson.course.glossary = [{"id": "box", "term": "box", "words": ["box"], "html": "<p>A</p>"}]
    lesson.course.save()
    exercise = ExerciseFactory(lesson=lesson, slug="guess", title="Guess")
    exercise.definition |= {
        "checks": [MEASURED],
        "predictions": [PREDICTED],
        "hints": [{"text": "The hidden hint.", "cost": 0}],
    }
    exercise.save()
    lesson.blocks = [*lesson.blocks, {"type": "exercise", "slug": "guess"}]
    lesson.save()
    return lesson


@pytest.mark.parametrize("path", PAGES)
def test_a_guest_reads_only_where_guests_may(path, client, reading, settings):
    assert client.get(path).status_code == 200
    settings.GUESTS = "no"
    answer = client.get(path)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/sign-in/?next=")


@pytest.mark.parametrize("path", PAGES)
def test_reading_writes_nothing_and_takes_few_queries(
    path, client, reading, settings, django_assert_max_num_queries
):
    def rows():
        return {model: model._default_manager.count() for model in apps.get_models()}

    before = rows()
    with django_assert_max_num_queries(6):
        client.get(path)
    assert rows() == before
    assert settings.SESSION_COOKIE_NAME not in client.cookies


def test_a_lesson_shows_tasks_and_what_they_take(client, reading):
    page = client.get(LESSON)
    assertContains(page, "The task")
    assertContains(page, "It is done in a machine of your own")
    assertContains(page, f"/accounts/sign-in/?next={LESSON}%23exercise-task")
    for hidden in (
        "data-check",
        "data-predict",
        "The hidden hint",
        'id="terminal-pane"',
        "exercises passed",
    ):
        assertNotContains(page, hidden)


def test_a_lesson_starts_nothing(client, reading):
    page = client.get(LESSON).content.decode()
    data = json.loads(re.search(r'id="lesson-data"[^>]*>(.*?)</script>', page, re.DOTALL)[1])
    assert (data["machines"], data["exercises"], data["panels"]) == ([], [], [])
    assert data["sandbox"] is None


def test_a_draft_is_not_there(client, reading):
    Lesson.objects.filter(slug="boxes").update(draft=True)
    assert client.get(LESSON).status_code == 404
    assertNotContains(client.get("/courses/course/"), "/courses/course/boxes/")


def test_pictures_are_shown(client, reading, settings):
    LessonFile.objects.create(lesson=reading, path="a.png", content=b"png")
    address = f"{LESSON}pictures/a.png"
    assert client.get(address).status_code == 200
    settings.GUESTS = "no"
    assert client.get(address).status_code == 302


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/api/courses"),
        ("get", "/api/progress"),
        ("get", "/api/lessons/course/boxes"),
        ("post", "/api/sandboxes"),
        ("post", "/api/exercises/course/boxes/task/submissions"),
    ],
)
def test_the_api_refuses_a_guest(method, path, client, reading):
    answer = client.generic(method.upper(), path, "{}", content_type="application/json")
    assert answer.status_code in (401, 403)


def test_a_guest_takes_no_certificate(client, reading):
    assertRedirects(
        client.post("/certificates/", {"course": "course"}),
        "/accounts/sign-in/?next=/certificates/",
        fetch_redirect_response=False,
    )


def test_the_landing_page_offers_it(client, reading, settings):
    assertContains(client.get("/"), "Read the lessons")
    settings.GUESTS = "no"
    assertNotContains(Client().get("/"), "Read the lessons")


def test_who_is_signed_in_does_as_before(student, instructor, reading):
    for user in (student, instructor):
        page = client_of(user).get(LESSON)
        assertContains(page, "data-check")
        assertContains(page, 'id="terminal-pane"')
