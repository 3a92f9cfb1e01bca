"""*Continue where you stopped*: the lesson one was in last, or what comes after it."""

import pytest
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains

from curriculum.models import Course
from grading.models import Score
from learn.queries import catalogue_page
from tests.support.learners import client_of, make_exercise, make_lesson, make_sandbox


@pytest.fixture
def later(lesson):
    """A lesson after `boxes` that has an exercise too."""
    later = make_lesson(lesson.course, "later", position=3)
    make_exercise(later, "task")
    return later


def passed(user, lesson):
    for exercise in lesson.exercises.all():
        Score.objects.create(user=user, exercise=exercise, best=3, attempts=1, passed_at=timezone.now())


def found(user):
    continuation = catalogue_page(user)["continuation"]
    return continuation and (continuation.lesson.slug, continuation.same)


def test_a_newcomer_has_nothing_to_continue(student, lesson):
    assert found(student) is None
    assertNotContains(client_of(student).get("/"), "Continue")


def test_the_lesson_whose_machine_was_used_last(student, lesson, later):
    make_sandbox(student, lesson, state="gone")
    make_sandbox(student, later)
    assert found(student) == ("later", True)
    page = client_of(student).get("/")
    assertContains(page, "Continue where you stopped")
    assertContains(page, "next exercise: The task")


def test_what_comes_next_when_that_is_done(student, lesson, later):
    make_sandbox(student, lesson)
    passed(student, lesson)
    assert found(student) == ("later", False)
    assertContains(client_of(student).get("/"), "Continue with what comes next")


def test_what_was_left_out_before_it(student, lesson, later):
    make_sandbox(student, later)
    passed(student, later)
    assert found(student) == ("boxes", False)


def test_all_done(student, lesson):
    make_sandbox(student, lesson)
    passed(student, lesson)
    assert found(student) is None


def test_an_exercise_begun_is_gone_to(student, lesson, exercise):
    make_sandbox(student, lesson)
    Score.objects.create(user=student, exercise=exercise, best=1, attempts=2)
    assertContains(client_of(student).get("/"), 'href="/courses/course/boxes/#exercise-task"')


def test_a_begun_course_without_any_sandbox(student, exercise):
    Score.objects.create(user=student, exercise=exercise, best=1, attempts=2)
    assert found(student) == ("boxes", False)


def test_a_lesson_that_has_gone_is_passed_over(student, lesson):
    make_sandbox(student, lesson)
    Course.objects.update(archived=True)
    assert found(student) is None


def test_others_do_not_matter(student, other, lesson):
    make_sandbox(other, lesson)
    assert found(student) is None
