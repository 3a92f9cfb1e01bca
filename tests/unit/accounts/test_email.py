"""Changing the e-mail address."""

from django.core import mail
from pytest_django.asserts import assertContains

from tests.support.accounts import browser_of, link_in
from tests.support.factories import UserFactory

PAGE = "/accounts/email/"


def change(client, email="new@example.org"):
    return client.post(PAGE, {"email": email, "action_add": ""}, follow=True)


def test_the_old_one_holds_until_the_new_one_is_confirmed(ada):
    client = browser_of(ada)
    assertContains(change(client), "waits to be confirmed")
    ada.refresh_from_db()
    assert ada.email == "ada@example.org"
    client.post(link_in(mail.outbox[0]))
    ada.refresh_from_db()
    assert ada.email == "new@example.org"
    assert ada.emailaddress_set.count() == 1


def test_who_changes_it_is_not_locked_out_meanwhile(ada):
    change(browser_of(ada))
    assert browser_of(ada).get(PAGE).status_code == 200


def test_bad_addresses(ada):
    client = browser_of(ada)
    assertContains(change(client, "nonsense"), "Enter a valid email")
    assertContains(change(client, "ada@example.org"), "This is your address already")
    assert not mail.outbox


def test_an_address_of_somebody_else_is_never_taken_over(ada, db):
    client = browser_of(UserFactory(username="mallory", email="m@example.org"))
    change(client, "ada@example.org")
    for letter in mail.outbox:
        assert letter.to == ["ada@example.org"]
    ada.refresh_from_db()
    assert ada.email == "ada@example.org"


def test_a_mail_server_that_is_away_fails_no_page(ada, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    assertContains(change(browser_of(ada)), "waits to be confirmed")
