"""A lesson's head says how many of the course's lessons are finished, in no query more."""

import pytest
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains

from curriculum.models import Exercise
from tests.support.factories import ExerciseFactory, LessonFactory, ScoreFactory
from tests.support.learners import client_of

URL = "/courses/course/boxes/"


@pytest.fixture
def later(lesson, exercise):
    later = LessonFactory(course=lesson.course, slug="later", position=3)
    ExerciseFactory(lesson=later, slug="task")
    return later


def finish(user, lesson):
    for exercise in lesson.exercises.all():
        ScoreFactory(user=user, exercise=exercise, best=3, attempts=1, passed_at=timezone.now())


def test_lessons_are_counted_as_they_are_finished(student, other, lesson, later):
    finish(other, later)
    assertContains(client_of(student).get(URL), "0 of 2 lessons finished")
    finish(student, later)
    page = client_of(student).get(URL)
    assertContains(page, "1 of 2 lessons finished")
    assertContains(page, 'data-elsewhere="1"')
    finish(student, lesson)
    assertContains(client_of(student).get(URL), "2 of 2 lessons finished")


def test_a_trial_of_who_teaches_counts_for_them_alone(student, instructor, lesson, later):
    for exercise in later.exercises.all():
        ScoreFactory(
            user=instructor, exercise=exercise, best=3, passed_at=timezone.now(), trial=True
        )
    assertContains(client_of(instructor).get(URL), "1 of 2 lessons finished")


def test_lessons_to_read_and_exercises_of_the_past_do_not_count(student, lesson, later):
    LessonFactory(course=lesson.course, slug="to-read", position=4)
    assertContains(client_of(student).get(URL), "0 of 2 lessons finished")
    Exercise.objects.filter(lesson=later).update(archived=True)
    assertNotContains(client_of(student).get(URL), "lessons finished")
