"""*Continue where you stopped*: the lesson one was in last, or what comes after it."""

import pytest
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains

from curriculum.models import Course
from learn.queries import catalogue_page
from tests.support.factories import ExerciseFactory, LessonFactory, SandboxFactory, ScoreFactory
from tests.support.learners import client_of


@pytest.fixture
def later(lesson):
    """A lesson after `boxes` that has an exercise too."""
    later = LessonFactory(course=lesson.course, slug="later", position=3)
    ExerciseFactory(lesson=later, slug="task")
    return later


def passed(user, lesson):
    for exercise in lesson.exercises.all():
        ScoreFactory(user=user, exercise=exercise, best=3, attempts=1, passed_at=timezone.now())


def continuation_of(user):
    continuation = catalogue_page(user)["continuation"]
    return continuation and (continuation.lesson.slug, continuation.same)


def test_a_newcomer_has_nothing_to_continue(student, lesson):
    assert continuation_of(student) is None
    assertNotContains(client_of(student).get("/"), "Continue")


def test_the_lesson_whose_machine_was_used_last(student, lesson, later):
    SandboxFactory(user=student, lesson=lesson, state="gone")
    SandboxFactory(user=student, lesson=later)
    assert continuation_of(student) == ("later", True)
    page = client_of(student).get("/")
    assertContains(page, "Continue where you stopped")
    assertContains(page, "next exercise: The task")


def test_what_comes_next_when_that_is_done(student, lesson, later):
    SandboxFactory(user=student, lesson=lesson)
    passed(student, lesson)
    assert continuation_of(student) == ("later", False)
    assertContains(client_of(student).get("/"), "Continue with the next lesson")


def test_what_was_left_out_before_it(student, lesson, later):
    SandboxFactory(user=student, lesson=later)
    passed(student, later)
    assert continuation_of(student) == ("boxes", False)


def test_all_done(student, lesson):
    SandboxFactory(user=student, lesson=lesson)
    passed(student, lesson)
    assert continuation_of(student) is None


def test_an_exercise_begun_is_gone_to(student, lesson, exercise):
    SandboxFactory(user=student, lesson=lesson)
    ScoreFactory(user=student, exercise=exercise, best=1, attempts=2)
    assertContains(client_of(student).get("/"), 'href="/courses/course/boxes/#exercise-task"')


def test_a_begun_course_without_any_sandbox(student, exercise):
    ScoreFactory(user=student, exercise=exercise, best=1, attempts=2)
    assert continuation_of(student) == ("boxes", False)


def test_a_lesson_that_has_gone_is_passed_over(student, lesson):
    SandboxFactory(user=student, lesson=lesson)
    Course.objects.update(archived=True)
    assert continuation_of(student) is None


def test_others_do_not_matter(student, other, lesson):
    SandboxFactory(user=other, lesson=lesson)
    assert continuation_of(student) is None
