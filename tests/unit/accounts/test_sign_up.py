"""From nothing to signed in: open, by invitation, closed; and what must not work."""

import pytest
from django.core import mail
from django.test import Client
from pytest_django.asserts import assertContains, assertRedirects

from accounts.models import User
from tests.support.accounts import link_in
from tests.support.factories import PASSWORD

SIGN_UP = "/accounts/sign-up/"
FORM = {"username": "grace", "email": "grace@example.org", "password1": "a ship in a dock"}


def sign_up(client, **fields: str):
    return client.post(SIGN_UP, FORM | fields)


@pytest.mark.django_db
def test_from_the_form_over_the_mail_into_the_platform():
    client = Client()
    assertRedirects(sign_up(client), "/accounts/email/sent/")
    (letter,) = mail.outbox
    assert letter.to == ["grace@example.org"]
    assert "Confirm" in letter.subject
    assertContains(client.get(link_in(letter)), "Is grace@example.org yours?")
    assert client.post(link_in(letter)).status_code == 302
    assert client.get("/accounts/profile/").status_code == 200
    user = User.objects.get(username="grace")
    assert (user.role, user.is_staff, user.is_superuser) == ("student", False, False)


@pytest.mark.django_db
def test_nobody_is_in_before_the_address_is_confirmed():
    client = Client()
    sign_up(client)
    again = Client().post(
        "/accounts/sign-in/", {"username": "grace", "password": FORM["password1"]}
    )
    assertRedirects(again, "/accounts/email/sent/")
    assert client.get("/accounts/profile/").status_code == 302


@pytest.mark.django_db
def test_a_link_opened_in_another_browser_confirms_but_does_not_sign_in():
    sign_up(Client())
    elsewhere = Client()
    assertRedirects(elsewhere.post(link_in(mail.outbox[0])), "/accounts/sign-in/")
    answer = elsewhere.post(
        "/accounts/sign-in/", {"username": "grace", "password": FORM["password1"]}
    )
    assert answer.status_code == 302
    assert elsewhere.get("/accounts/profile/").status_code == 200


@pytest.mark.django_db
def test_a_made_up_link_confirms_nothing():
    page = Client().get("/accounts/email/confirm/Mg:1abc:nonsense/")
    assertContains(page, "was used before, or has expired")
    assert Client().post("/accounts/email/confirm/Mg:1abc:nonsense/").status_code == 404


@pytest.mark.django_db
def test_without_verification_one_is_in_at_once(settings):
    settings.ACCOUNT_EMAIL_VERIFICATION = "none"
    client = Client()
    assert sign_up(client).status_code == 302
    assert client.get("/accounts/profile/").status_code == 200


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"username": ""}, "This field is required"),
        ({"username": "a b"}, "Enter a valid username"),
        ({"username": "x" * 151}, "at most 150"),
        ({"username": "ADA"}, "Somebody has this user name already"),
        ({"username": "admin"}, "is not available"),
        ({"email": "nonsense"}, "Enter a valid email"),
        ({"email": ""}, "This field is required"),
        ({"password1": "short"}, "too short"),
        ({"password1": "password123"}, "too common"),
        ({"password1": "grace@example"}, "too similar"),
    ],
)
def test_bad_input_is_told_by_its_field(ada, fields, message):
    page = sign_up(Client(), **fields)
    assertContains(page, message)
    assertContains(page, 'aria-invalid="true"')
    assert User.objects.count() == 1


def test_an_address_that_is_taken_is_told_to_its_owner_alone(ada):
    answer = sign_up(Client(), email="ADA@example.org")
    assertRedirects(answer, "/accounts/email/sent/")
    (letter,) = mail.outbox
    assert letter.to == ["ada@example.org"]
    assert "has one" in letter.body
    assert User.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("mode", "message"), [("closed", "No new accounts"), ("invitation", "By invitation")]
)
def test_when_sign_up_is_not_for_everybody(settings, mode, message):
    settings.SIGN_UP = mode
    assertContains(Client().get(SIGN_UP), message)
    sign_up(Client())
    assert not User.objects.exists()
    assert SIGN_UP not in Client().get("/accounts/sign-in/").content.decode()


def test_a_role_can_not_be_asked_for(db):
    sign_up(Client(), role="operator", is_staff="on", is_superuser="on")
    user = User.objects.get()
    assert (user.role, user.is_staff, user.is_superuser) == ("student", False, False)


def test_an_account_made_by_an_operator_needs_no_mail(ada):
    answer = Client().post(
        "/accounts/sign-in/", {"username": "ada@example.org", "password": PASSWORD}
    )
    assertRedirects(answer, answer.url, fetch_redirect_response=False)
    assert not mail.outbox


def test_nobody_can_lock_it_by_asking_for_a_new_password_of_it(ada):
    Client().post("/accounts/password/reset/", {"email": ada.email})
    Client().post("/accounts/sign-in/", {"username": "ada", "password": PASSWORD})
    assert [letter.subject for letter in mail.outbox] == ["A new password"]
