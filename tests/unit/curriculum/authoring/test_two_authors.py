"""Let two authors write at the same time, and give nobody's work away."""

import pytest
from django.urls import reverse

from curriculum.admin.editor import change_url
from curriculum.authoring.service import remove_exercise
from curriculum.models import Exercise
from tests.support.curriculum.admin_forms import typed

pytestmark = pytest.mark.django_db


@pytest.fixture
def exercises(loaded):
    return loaded.exercises.get(slug="kernel"), loaded.exercises.get(slug="sleeper")


def save(author, row, posted, **changes: str):
    """Post a form as it was opened, with changes."""
    return author.post(change_url(row), posted | changes)


def test_two_exercises_of_one_lesson_are_written_at_once(author, exercises):
    forms = [typed(author.get(change_url(row))) for row in exercises]
    for row, posted in zip(exercises, forms, strict=True):
        assert save(author, row, posted, title=f"New {row.slug}").status_code == 302
    assert [row.title for row in Exercise.objects.order_by("slug")] == ["New kernel", "New sleeper"]
    stored = exercises[0].lesson.files.values_list("path", "content")
    texts = {path: bytes(content).decode() for path, content in stored}
    assert "New kernel" in texts["exercises/kernel/exercise.md"]
    assert "New sleeper" in texts["exercises/sleeper/exercise.md"]


def test_the_lessons_text_and_an_exercise_are_written_at_once(author, loaded, exercises):
    lesson_form = typed(author.get(change_url(loaded)))
    exercise_form = typed(author.get(change_url(exercises[0])))
    assert save(author, exercises[0], exercise_form, title="New").status_code == 302
    assert save(author, loaded, lesson_form, summary="Newer").status_code == 302
    exercises[0].refresh_from_db()
    assert exercises[0].title == "New"


def test_one_exercise_is_not_written_twice(author, exercises):
    posted = typed(author.get(change_url(exercises[0])))
    assert save(author, exercises[0], posted, title="Theirs").status_code == 302
    response = save(author, exercises[0], posted, title="Mine")
    assert response.status_code == 422
    assert "Somebody else has saved this" in response.content.decode()
    assert 'value="Mine"' in response.content.decode()
    exercises[0].refresh_from_db()
    assert exercises[0].title == "Theirs"


def test_an_exercise_that_somebody_took_out_is_not_brought_back(author, loaded, exercises):
    posted = typed(author.get(change_url(exercises[0])))
    remove_exercise(lesson=loaded, slug="kernel")
    response = save(author, exercises[0], posted)
    assert response.status_code == 422
    assert "is archived" in response.content.decode()
    exercises[0].refresh_from_db()
    assert exercises[0].archived


def test_an_archived_exercise_stays_so_until_it_is_put_back(author, loaded, exercises):
    remove_exercise(lesson=loaded, slug="kernel")
    posted = typed(author.get(change_url(exercises[0])))
    assert save(author, exercises[0], posted, title="New").status_code == 422
    exercises[0].refresh_from_db()
    assert exercises[0].archived
    scripts = {
        "solution": "uname -r > /root/kernel\n",
        "wrong-0-check": "right",
        "wrong-0-what": "old",
        "wrong-0-script": "echo 2.6 > /root/kernel\n",
    }
    response = save(author, exercises[0], posted, _restore="", **scripts)
    assert response.status_code == 302, response.context["form"].errors
    exercises[0].refresh_from_db()
    loaded.refresh_from_db()
    assert not exercises[0].archived
    assert "::: exercise kernel" in loaded.source


def test_an_archived_lesson_and_course_stay_so_when_they_are_saved(author, loaded):
    for row in (loaded, loaded.course):
        type(row).objects.filter(pk=row.pk).update(archived=True)
        posted = typed(author.get(change_url(row)))
        assert save(author, row, posted, title="New title").status_code == 302
        row.refresh_from_db()
        assert (row.archived, row.title) == (True, "New title")


def test_what_was_typed_before_signing_out_is_shown_and_not_saved(author, loaded):
    posted = typed(author.get(change_url(loaded))) | {"title": "Typed before", "_unsent": ""}
    response = author.post(change_url(loaded), posted)
    page = response.content.decode()
    assert response.status_code == 200
    assert 'value="Typed before"' in page
    assert "Nothing of it is saved yet" in page
    loaded.refresh_from_db()
    assert loaded.title == "First"


def test_the_form_asks_whether_somebody_is_signed_in(author, client, loaded):
    url = reverse("admin:curriculum_session")
    assert author.get(url).json()["csrf"]
    client.logout()
    assert client.get(url).status_code == 302
