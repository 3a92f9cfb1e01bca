"""Each course and lesson has a drawing; one without shows an empty dock."""

import pytest
from pytest_django.asserts import assertContains, assertNotContains

from curriculum.models import Course, Lesson
from tests.support.learners import client_of

DRAWN = '<svg viewBox="0 0 9 9" aria-hidden="true"><path d="M0 0h9" /></svg>'
EMPTY_DOCK = 'd="M12 62h18v78h180v-78h18"'
PAGES = ("/", "/courses/course/", "/courses/course/boxes/")


@pytest.mark.parametrize("path", PAGES)
def test_a_drawing_is_shown_and_not_read_out(path, student, lesson):
    Course.objects.update(illustration=DRAWN)
    Lesson.objects.update(illustration=DRAWN)
    page = client_of(student).get(path)
    assertContains(page, DRAWN)
    assertNotContains(page, EMPTY_DOCK)


@pytest.mark.parametrize("path", PAGES)
def test_without_one_there_is_an_empty_dock(path, student, lesson):
    assertContains(client_of(student).get(path), EMPTY_DOCK)


def test_a_course_leads_to_its_words(student, lesson):
    page = client_of(student).get("/courses/course/")
    assertNotContains(page, "/glossary/course/")
    Course.objects.update(files={"glossary.toml": "…"}, glossary=[{"id": "kernel"}])
    assertContains(client_of(student).get("/courses/course/"), 'href="/glossary/course/"')
