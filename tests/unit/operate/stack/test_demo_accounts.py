"""The demo accounts."""

import pytest

from accounts.models import User
from operate.stack.demo import ensure_demo_accounts
from tests.support.factories import UserFactory

pytestmark = pytest.mark.django_db


def test_a_student_and_an_instructor_are_made():
    ensure_demo_accounts()
    student, instructor = (
        User.objects.get(username="student"),
        User.objects.get(username="instructor"),
    )
    assert (student.role, student.is_staff) == ("student", False)
    assert (instructor.role, instructor.is_staff, instructor.is_superuser) == (
        "instructor",
        True,
        False,
    )


def test_the_password_is_the_environments(settings):
    settings.DEMO_PASSWORD = "correct horse"
    assert ensure_demo_accounts() == {"student": "correct horse", "instructor": "correct horse"}
    assert User.objects.get(username="student").check_password("correct horse")


def test_without_one_it_is_random_and_told_once(settings):
    settings.DEMO_PASSWORD = ""
    created = ensure_demo_accounts()
    assert len(created["student"]) >= 12
    assert ensure_demo_accounts() == {}


def test_an_existing_password_is_never_changed(settings):
    UserFactory(username="student", password="my own")
    settings.DEMO_PASSWORD = "another"
    assert set(ensure_demo_accounts()) == {"instructor"}
    assert User.objects.get(username="student").check_password("my own")
