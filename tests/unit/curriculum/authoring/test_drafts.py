"""Show a draft to those who teach, and to nobody else."""

from pathlib import Path

import pytest
from pytest_django.asserts import assertContains, assertNotContains

from curriculum.loader.service import load_lessons
from curriculum.models import Course, Lesson
from tests.support.curriculum.lesson_files import Edit
from tests.support.factories import UserFactory

pytestmark = pytest.mark.django_db

PAGES = ["/courses/boxes/", "/courses/boxes/first/"]
CALLS = ["/api/lessons/boxes/first"]


@pytest.fixture
def draft(lessons: Path, edit: Edit) -> None:
    edit("boxes/01-first/lesson.md", "minutes: 5\n", "minutes: 5\ndraft: true\n")
    load_lessons(root=lessons)


def sign_in(client, role):
    client.force_login(UserFactory(username=role, password="x", role=role))
    return client


@pytest.mark.parametrize("url", PAGES + CALLS)
def test_a_student_gets_404(client, draft, url):
    assert sign_in(client, "student").get(url).status_code == 404


@pytest.mark.parametrize("url", PAGES + CALLS)
def test_an_instructor_gets_it(client, draft, url):
    assert sign_in(client, "instructor").get(url).status_code == 200


@pytest.mark.parametrize(("role", "count"), [("student", 0), ("instructor", 1)])
def test_lists(client, draft, role, count):
    signed_in = sign_in(client, role)
    assert len(signed_in.get("/api/courses").json()["courses"]) == count
    assert len(signed_in.get("/api/progress").json()["courses"]) == count


@pytest.mark.parametrize("url", PAGES)
def test_it_is_marked_as_one(client, draft, url):
    assertContains(sign_in(client, "instructor").get(url), "Draft: students don't see it")
    Lesson.objects.update(draft=False)
    assertNotContains(client.get(url), "Draft: students don't see it")


def test_a_student_gets_no_sandbox_and_no_check(client, draft):
    signed_in = sign_in(client, "student")
    request = {"lesson": "boxes/first"}
    assert (
        signed_in.post("/api/sandboxes", request, content_type="application/json").status_code
        == 404
    )
    url = "/api/exercises/boxes/first/kernel/submissions"
    assert signed_in.post(url, content_type="application/json").status_code == 404


def test_the_rest_of_the_course_is_shown(client, draft):
    course = Course.objects.get()
    for position in (2, 3):
        fields = {"slug": f"l{position}", "title": f"Lesson {position}", "version": "v"}
        Lesson.objects.create(course=course, position=position, **fields)
    page = sign_in(client, "student").get("/courses/boxes/").content.decode()
    assert "Lesson 2" in page
    assert "/courses/boxes/first/" not in page
    page = client.get("/courses/boxes/l2/").content.decode()
    assert "/courses/boxes/l3/" in page
    assert "/courses/boxes/first/" not in page
