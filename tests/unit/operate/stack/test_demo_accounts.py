"""The demo accounts."""

import pytest
from pytest_django import Settings

from accounts.models import User
from operate.stack.demo import ensure_demo_accounts
from operate.stack.up import account_summary
from tests.support.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _asked_for(settings: Settings) -> None:
    settings.DEMO_ACCOUNTS = True


def test_nobody_is_made_who_is_not_asked_for(settings):
    settings.DEMO_ACCOUNTS = False
    assert ensure_demo_accounts() == {}
    assert not User.objects.exists()


def test_one_that_was_deleted_does_not_come_back():
    ensure_demo_accounts()
    User.objects.get(username="student").delete()
    assert ensure_demo_accounts() == {}
    assert not User.objects.filter(username="student").exists()


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


def test_where_somebody_has_an_account_none_is_made():
    UserFactory(username="student", password="my own")
    assert ensure_demo_accounts() == {}
    assert User.objects.get().check_password("my own")


def test_operators_in_production_are_told_of_those_that_are_there(settings):
    assert "createsuperuser" in account_summary()
    ensure_demo_accounts()
    assert account_summary() == "2"
    settings.PRODUCTION = True
    assert account_summary().endswith("delete them in the admin")
