"""Deleting accounts at the same moment, on SQLite and on PostgreSQL (DATABASE_URL)."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from accounts.account_deletion import delete_account
from accounts.errors import LastOperator
from accounts.models import User
from tests.support.factories import UserFactory

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("database_on_disk", "memory_layer"),
]


def delete_together(*users: User):
    """What came of each: None, or the error."""
    gate = threading.Barrier(len(users))

    def delete(user):
        gate.wait(30)
        try:
            return delete_account(user=user)
        except LastOperator as error:
            return error
        finally:
            connections["default"].close()

    with ThreadPoolExecutor(len(users)) as pool:
        return list(pool.map(delete, users))


def test_of_the_last_two_operators_one_stays():
    operators = [UserFactory(username=name, role="operator") for name in ("olga", "otto")]
    came = delete_together(*operators)
    assert [type(outcome) for outcome in came].count(LastOperator) == 1
    assert User.objects.count() == 1


def test_twice_is_no_error():
    ada = UserFactory(username="ada")
    assert delete_together(ada, User.objects.get(pk=ada.pk)) == [None, None]
    assert not User.objects.exists()
