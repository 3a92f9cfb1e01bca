"""Signing in and out."""

import pytest
from django.test import Client
from pytest_django.asserts import assertContains, assertRedirects

from accounts.models import User
from tests.support.factories import UserFactory

NAME, PASSWORD = "ada", "a long pass phrase"
SIGN_IN = "/accounts/sign-in/"


@pytest.fixture
def ada(db: None) -> User:
    return UserFactory(username=NAME)


def sign_in(client, path=SIGN_IN, **fields: str):
    return client.post(path, {"username": NAME, "password": PASSWORD} | fields)


def test_the_form(db):
    page = Client().get(SIGN_IN)
    assertContains(page, "User name")
    assertContains(page, 'autocomplete="current-password"')


def test_in_and_out(ada):
    client = Client()
    assertRedirects(sign_in(client), "/")
    assertContains(client.get("/"), "Sign out")
    assertRedirects(client.post("/accounts/sign-out/"), SIGN_IN)
    assert client.get("/accounts/profile/").status_code == 302


def test_back_to_where_one_was_going(ada):
    page = Client().get(f"{SIGN_IN}?next=/courses/a/")
    assertContains(page, 'value="/courses/a/"')
    assert sign_in(Client(), next="/courses/a/").url == "/courses/a/"


def test_never_to_another_site(ada):
    assert sign_in(Client(), next="https://elsewhere.example/").url == "/"


@pytest.mark.parametrize("fields", [{"password": "wrong"}, {"username": "nobody"}])
def test_a_wrong_name_or_password_is_told_without_saying_which(ada, fields):
    page = sign_in(Client(), **fields)
    assertContains(page, "No account has this name and password")
    assertContains(page, 'aria-invalid="true"', count=2)


def test_an_account_that_is_switched_off(ada):
    User.objects.update(is_active=False)
    client = Client()
    assertRedirects(sign_in(client), "/accounts/inactive/")
    assert client.get("/accounts/profile/").status_code == 302


def test_whoever_is_signed_in_need_not_do_it_again(ada):
    client = Client()
    sign_in(client)
    assertRedirects(client.get(SIGN_IN), "/")


def test_a_link_does_not_sign_out(ada):
    client = Client()
    sign_in(client)
    assert client.get("/accounts/sign-out/").status_code == 405


def test_a_stale_form_is_explained(ada):
    page = Client(enforce_csrf_checks=True).post(SIGN_IN, {"username": NAME, "password": PASSWORD})
    assertContains(page, "gone stale", status_code=403)
