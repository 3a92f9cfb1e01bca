"""Invitations: who may give which, what their links do."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects
from pytest_django.fixtures import Settings

from accounts.errors import InvitationUsed
from accounts.invitations import accept, invite
from accounts.models import Invitation, User
from tests.support.accounts import browser_of, link_in
from tests.support.factories import UserFactory

PAGE, SIGN_UP = "/accounts/invitations/", "/accounts/sign-up/"
FORM = {"username": "grace", "email": "grace@example.org", "password1": "a ship in a dock"}


@pytest.fixture(autouse=True)
def _by_invitation(settings: Settings) -> None:
    settings.SIGN_UP = "invitation"


def test_from_the_page_to_the_account(ines):
    page = browser_of(ines).post(PAGE, {"email": "grace@example.org", "role": "student"})
    path = link_in(mail.outbox[0])
    assertContains(page, path)
    guest = Client()
    answer = guest.get(path)
    assert path not in answer.url
    assertContains(guest.get(answer.url), 'value="grace@example.org"')
    guest.post(SIGN_UP, FORM)
    user = User.objects.get(username="grace")
    assert (user.role, user.is_staff) == ("student", False)
    assert Invitation.objects.get().accepted_by == user
    assert Client().get(path).status_code == 404


@pytest.mark.parametrize(
    ("role", "staff"), [("student", False), ("instructor", True), ("operator", True)]
)
def test_the_role_is_the_invitations(db, role, staff):
    _invitation, raw = invite(email="a@example.org", role=role, by=None)
    guest = Client()
    guest.get(f"/accounts/invitation/{raw}/")
    guest.post(SIGN_UP, FORM)
    user = User.objects.get()
    assert (user.role, user.is_staff, user.is_superuser) == (role, staff, False)


def test_an_invitation_works_once(db, ada, otto):
    invitation, _raw = invite(email="a@example.org", role="student", by=None)
    accept(invitation=invitation, user=ada)
    with pytest.raises(InvitationUsed):
        accept(invitation=invitation, user=otto)


def test_of_two_with_one_link_the_second_gets_no_account(db):
    _invitation, raw = invite(email="a@example.org", role="student", by=None)
    first, second = Client(), Client()
    for guest in (first, second):
        guest.get(f"/accounts/invitation/{raw}/")
    first.post(SIGN_UP, FORM)
    assertContains(
        second.post(SIGN_UP, FORM | {"username": "mallory", "email": "m@example.org"}),
        "By invitation",
    )
    assert not User.objects.filter(username="mallory").exists()


def test_it_runs_out(db):
    _invitation, raw = invite(email="a@example.org", role="student", by=None)
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assertContains(Client().get(f"/accounts/invitation/{raw}/"), "has expired", status_code=404)


def test_closed_is_closed(db, settings):
    settings.SIGN_UP = "closed"
    _invitation, raw = invite(email="a@example.org", role="student", by=None)
    assert Client().get(f"/accounts/invitation/{raw}/").status_code == 404
    assertContains(Client().post(SIGN_UP, FORM), "No new accounts")


@pytest.mark.parametrize("address", ["ada+class@example.org", "o'neil&co@example.org"])
def test_the_form_holds_the_address_that_was_invited(db, address):
    _invitation, raw = invite(email=address, role="student", by=None)
    form = Client().get(f"/accounts/invitation/{raw}/", follow=True).context["form"]
    assert form["email"].value() == address


def test_only_a_hash_is_kept(db):
    _invitation, raw = invite(email="a@example.org", role="student", by=None)
    assert raw not in str(Invitation.objects.values().get())


@pytest.mark.parametrize("role", ["instructor", "operator", "king"])
def test_an_instructor_invites_students_only(ines, role):
    page = browser_of(ines).post(PAGE, {"email": "a@example.org", "role": role})
    assertContains(page, "is not one of the available choices")
    assert not Invitation.objects.exists()


def test_an_operator_invites_anybody(otto):
    browser_of(otto).post(PAGE, {"email": "a@example.org", "role": "operator"})
    assert Invitation.objects.get().role == "operator"


def test_students_and_outsiders_do_not_know_of_it(ada):
    assert browser_of(ada).get(PAGE).status_code == 404
    assertRedirects(Client().get(PAGE), f"/accounts/sign-in/?next={PAGE}")


def test_bad_address(ines):
    assertContains(
        browser_of(ines).post(PAGE, {"email": "x", "role": "student"}), "Enter a valid email"
    )


def test_withdrawing(ines, otto, db):
    invitation, raw = invite(email="a@example.org", role="student", by=ines)
    other = browser_of(UserFactory(username="igor", role="instructor"))
    assertNotContains(other.get(PAGE), "a@example.org")
    assert other.post(f"{PAGE}{invitation.pk}/withdraw/").status_code == 404
    assertContains(browser_of(otto).get(PAGE), "a@example.org")
    assertRedirects(browser_of(ines).post(f"{PAGE}{invitation.pk}/withdraw/"), PAGE)
    assert Client().get(f"/accounts/invitation/{raw}/").status_code == 404


def test_command(db, capsys):
    call_command("invite", "a@example.org", "--role", "instructor")
    path = capsys.readouterr().out.strip()
    assert re.fullmatch(r"/accounts/invitation/\S{43}/", path)
    assert Client().get(path).status_code == 302
