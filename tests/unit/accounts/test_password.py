"""Changing and resetting a password."""

import pytest
from django.core import mail
from django.test import Client
from pytest_django.asserts import assertContains, assertRedirects

from tests.support.accounts import browser_of, link_in
from tests.support.factories import PASSWORD

CHANGE, RESET = "/accounts/password/", "/accounts/password/reset/"
NEW = "another long pass phrase"


def change(client, **fields: str):
    return client.post(
        CHANGE, {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW} | fields
    )


def test_change(ada):
    here, elsewhere = browser_of(ada), browser_of(ada)
    assertRedirects(change(here), "/accounts/profile/")
    assert elsewhere.get("/accounts/profile/").status_code == 302
    ada.refresh_from_db()
    assert ada.check_password(NEW)
    assert "the password was changed" in mail.outbox[0].body


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"oldpassword": "wrong"}, "That is not your password"),
        ({"password2": "different"}, "same password each time"),
        ({"password1": "12345678", "password2": "12345678"}, "too common"),
    ],
)
def test_bad_changes(ada, fields, message):
    assertContains(change(browser_of(ada), **fields), message)
    ada.refresh_from_db()
    assert ada.check_password(PASSWORD)


def test_only_for_who_is_signed_in(db):
    assertRedirects(Client().get(CHANGE), f"/accounts/sign-in/?next={CHANGE}")


def set_new(client, path, password=NEW):
    """Follow a reset link and fill its form."""
    form = client.get(path, follow=True)
    assertContains(form, "New password")
    return client.post(form.redirect_chain[-1][0], {"password1": password, "password2": password})


def test_reset(ada):
    elsewhere, client = browser_of(ada), Client()
    assertRedirects(client.post(RESET, {"email": "ADA@example.org"}), f"{RESET}sent/")
    path = link_in(mail.outbox[0])
    assertRedirects(set_new(client, path), f"{RESET}done/")
    assert elsewhere.get("/accounts/profile/").status_code == 302
    ada.refresh_from_db()
    assert ada.check_password(NEW)
    assertContains(Client().get(path, follow=True), "was used before, or has expired")


def test_a_reset_link_dies_with_a_change(ada):
    Client().post(RESET, {"email": ada.email})
    change(browser_of(ada))
    assertContains(
        Client().get(link_in(mail.outbox[0]), follow=True), "was used before, or has expired"
    )


@pytest.mark.parametrize("path", ["1-abc", "zzzzzzzzzzzzzz-set-password", "1-c5x-000000"])
def test_made_up_links(ada, path):
    assertContains(Client().get(f"{RESET}{path}/", follow=True), "was used before, or has expired")


def test_who_is_unknown_gets_the_same_answer(ada):
    answer = Client().post(RESET, {"email": "nobody@example.org"})
    assertRedirects(answer, f"{RESET}sent/")
    assert "There is none" in mail.outbox[0].body


def test_bad_address(db):
    assertContains(Client().post(RESET, {"email": "nonsense"}), "Enter a valid email")
