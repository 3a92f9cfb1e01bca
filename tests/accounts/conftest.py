"""People with and without accounts."""

import re

import pytest
from django.test import Client

from accounts.models import User

PASSWORD = "a long pass phrase"


@pytest.fixture(autouse=True)
def _a_key(settings):
    """Nothing is sealed with the key that everybody knows."""
    settings.SECRET_KEY = "the key of these tests 0123456789"


@pytest.fixture
def make_user(db):
    def make(name, role="student", **fields: object):
        return User.objects.create_user(username=name, password=PASSWORD, role=role, **fields)

    return make


@pytest.fixture
def ada(make_user):
    return make_user("ada", email="ada@example.org")


@pytest.fixture
def ines(make_user):
    return make_user("ines", "instructor", is_staff=True)


@pytest.fixture
def otto(make_user):
    return make_user("otto", "operator", is_staff=True)


def browser_of(user):
    """A browser in which this user has signed in with the password, as the second factor's pages want it."""
    client = Client()
    answer = client.post("/accounts/sign-in/", {"username": user.username, "password": PASSWORD})
    assert answer.status_code == 302, answer.content.decode()
    return client


def link_in(mail):
    """The path of the one link in a mail."""
    (path,) = re.findall(r"https?://testserver(/\S+)", mail.body)
    return path
