"""The words of a course: in its lessons' data, and on a page of their own."""

import json
import re

import pytest
from pytest_django.asserts import assertContains, assertNotContains

from curriculum.models import Course, Lesson
from tests.support.learners import client_of

PAGE = "/glossary/course/"
LESSON = "/courses/course/boxes/"
TERM = {
    "id": "kernel",
    "term": "kernel",
    "words": ["kernel", "kernels"],
    "html": "<p>The <code>core</code>.</p>",
}


@pytest.fixture
def explained(lesson: Lesson) -> Course:
    lesson.course.glossary = [TERM]
    lesson.course.save()
    return lesson.course


def test_a_lesson_knows_its_courses_words(student, explained):
    page = client_of(student).get(LESSON)
    data = re.search(r'id="lesson-data"[^>]*>(.*?)</script>', page.content.decode(), re.DOTALL)
    assert json.loads(data[1])["glossary"] == [TERM]
    assertContains(page, f'href="{PAGE}"')


def test_a_course_without_words_has_no_page_of_them(student, lesson):
    assertNotContains(client_of(student).get(LESSON), PAGE)
    assert client_of(student).get(PAGE).status_code == 404


def test_all_words_stand_on_a_page(student, explained):
    page = client_of(student).get(PAGE)
    assertContains(page, 'id="kernel"')
    assertContains(page, "<p>The <code>core</code>.</p>")


def test_words_of_a_draft_are_its_authors(student, instructor, lesson, explained):
    Lesson.objects.update(draft=True)
    assert client_of(student).get(PAGE).status_code == 404
    assert client_of(instructor).get(PAGE).status_code == 200


def test_a_stranger_is_asked_to_sign_in(client, explained):
    assert client.get(PAGE).status_code == 302
