"""The catalogue and a course's outline."""

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from curriculum.models import Course, Lesson
from tests.support.factories import LessonFactory, ScoreFactory
from tests.support.learners import client_of


def test_an_outsider_is_sent_to_sign_in_and_back(lesson):
    assertRedirects(Client().get("/courses/course/"), "/accounts/sign-in/?next=/courses/course/")


@pytest.mark.parametrize("who", ["student", "instructor"])
def test_shows_courses(who, lesson, request):
    page = client_of(request.getfixturevalue(who)).get("/")
    assertContains(page, "A course")
    assertContains(page, "2 lessons")
    assertContains(page, "0</strong> of 1 exercises passed")
    assertContains(page, "Begin")


def test_says_when_there_is_no_course(student):
    assertContains(client_of(student).get("/"), "There is no course yet")


def test_an_archived_course_is_gone(student, lesson):
    Course.objects.update(archived=True)
    client = client_of(student)
    assertNotContains(client.get("/"), "A course")
    assert client.get("/courses/course/").status_code == 404


def test_goes_on_where_the_student_stopped(student, exercise):
    ScoreFactory(user=student, exercise=exercise, best=1, attempts=2)
    page = client_of(student).get("/")
    assertContains(page, "Carry on")
    assertContains(page, 'href="/courses/course/boxes/"')


def test_a_finished_course(student, exercise):
    ScoreFactory(user=student, exercise=exercise, best=3, attempts=1, passed_at=timezone.now())
    client = client_of(student)
    assertContains(client.get("/"), "Finished")
    assertContains(client.get("/courses/course/"), "1 of 1 exercises passed · 3 of 3 points")


def test_the_score_of_others_does_not_show(student, other, exercise):
    ScoreFactory(user=other, exercise=exercise, best=3, attempts=1, passed_at=timezone.now())
    assertContains(client_of(student).get("/courses/course/"), "0 of 1 exercises passed")


def test_the_outline_lists_lessons_in_order(student, lesson):
    page = client_of(student).get("/courses/course/").content.decode()
    assert page.index("About boxes") < page.index("About more")
    assert "Not begun" in page
    assert "To read" in page


def test_an_unknown_course(student):
    assert client_of(student).get("/courses/nothing/").status_code == 404


def test_an_outline_names_what_comes_before(student, lesson, exercise):
    """With a link to it, and a word when it is done."""
    later = LessonFactory(course=lesson.course, slug="later", prerequisites=[lesson.slug])
    client = client_of(student)
    href = f'href="/courses/course/{lesson.slug}/">{lesson.title}</a>'
    link = f'class="outline__before"\n               {href}'
    page = client.get("/courses/course/").content.decode()
    assert page.count(link) == 1
    assert "(finished)" not in page
    ScoreFactory(user=student, exercise=exercise, best=3, attempts=1, passed_at=timezone.now())
    assert "(finished)" in client.get("/courses/course/").content.decode()
    Lesson.objects.filter(pk=later.pk).update(prerequisites=[])
    assert "outline__before" not in client.get("/courses/course/").content.decode()
