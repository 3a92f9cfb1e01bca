"""A certificate: who gets one, who may see it, what it says."""

from uuid import UUID

import pytest
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from accounts.account_deletion import delete_account
from curriculum.models import Lesson
from grading.models import Certificate
from tests.support.factories import ExerciseFactory, ScoreFactory
from tests.support.learners import client_of

COURSE = "/courses/course/"
AWARD = "/certificates/"


def finish(user, lesson):
    for exercise in lesson.exercises.all():
        ScoreFactory(
            user=user,
            exercise=exercise,
            best=3,
            attempts=1,
            passed_at=timezone.now(),
            trial=user.teaches,
        )


def take(user):
    return client_of(user).post(AWARD, {"course": "course"})


@pytest.fixture
def certificate(student, lesson):
    student.first_name, student.last_name = "Ada", "Okafor"
    student.save()
    finish(student, lesson)
    take(student)
    return Certificate.objects.get()


def page_of(certificate):
    return f"/certificates/{certificate.pk}/"


def test_a_finished_course_offers_one(student, lesson):
    assertNotContains(client_of(student).get(COURSE), "certificate")
    finish(student, lesson)
    assertContains(client_of(student).get(COURSE), "Take the certificate")
    answer = take(student)
    certificate = Certificate.objects.get()
    assertRedirects(answer, page_of(certificate))
    assertContains(client_of(student).get(COURSE), page_of(certificate))


def test_an_unfinished_course_has_none(student, lesson):
    ExerciseFactory(lesson=lesson, slug="second")
    ScoreFactory(user=student, exercise=lesson.exercises.first(), passed_at=timezone.now())
    assertRedirects(take(student), COURSE)
    assert not Certificate.objects.exists()


def test_a_course_to_read_has_none(student, lesson):
    lesson.exercises.update(archived=True)
    take(student)
    assert not Certificate.objects.exists()


def test_who_teaches_gets_none_for_trials(instructor, lesson):
    finish(instructor, lesson)
    assertNotContains(client_of(instructor).get(COURSE), "Take the certificate")
    take(instructor)
    assert not Certificate.objects.exists()


def test_a_course_that_is_not_there_for_a_student_is_not_found(student, lesson):
    Lesson.objects.update(draft=True)
    assert take(student).status_code == 404
    assert client_of(student).post(AWARD).status_code == 404


def test_anybody_with_the_address_sees_name_course_and_day_alone(client, certificate, student):
    student.email = "ada@example.org"
    student.save()
    page = client.get(page_of(certificate))
    for text in ("Ada Okafor", "A course", str(certificate.issued_at.year)):
        assertContains(page, text)
    for text in ("ada@example.org", "student", "points", "Print"):
        assertNotContains(page, text)
    assert page["X-Robots-Tag"] == "noindex"


def test_its_owner_may_print_it(certificate, student):
    assertContains(client_of(student).get(page_of(certificate)), "Print")


@pytest.mark.parametrize("number", [UUID(int=1), 1])
def test_an_address_that_was_guessed_leads_nowhere(number, client, certificate):
    assert client.get(f"/certificates/{number}/").status_code == 404


def test_it_keeps_its_title_and_day_and_takes_a_new_name_when_asked(certificate, student, course):
    course.title = "Renamed"
    course.save()
    student.first_name = "Grace"
    student.save()
    take(student)
    again = Certificate.objects.get()
    assert (again.pk, again.issued_at) == (certificate.pk, certificate.issued_at)
    assert (again.name, again.course_title) == ("Grace Okafor", "A course")


def test_an_exercise_that_is_added_later_takes_nothing_away(client, certificate, lesson):
    ExerciseFactory(lesson=lesson, slug="second")
    assert client.get(page_of(certificate)).status_code == 200


def test_a_stranger_cannot_take_one(client, lesson):
    assert client.post(AWARD, {"course": "course"}).status_code == 302
    assert not Certificate.objects.exists()


def test_it_goes_with_the_account(client, certificate, student):
    delete_account(user=student)
    assert client.get(page_of(certificate)).status_code == 404


def test_a_name_is_text(client, certificate):
    Certificate.objects.update(name="<b>Ada</b>")
    assertContains(client.get(page_of(certificate)), "&lt;b&gt;Ada&lt;/b&gt;")
