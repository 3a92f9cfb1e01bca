"""The second factor of those who teach: on, used, lost, off."""

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from pytest_django.asserts import assertContains, assertRedirects

from tests.support.accounts import PAGE, SIGN_IN, browser_of, code_of, start_sign_in, turn_on
from tests.support.factories import PASSWORD


def test_on_and_used(ines):
    secret = turn_on(browser_of(ines))
    client = start_sign_in(ines)
    assert client.get("/accounts/profile/").status_code == 302
    assertContains(client.post(f"{SIGN_IN}code/", {"code": "000000"}), "That code is wrong")
    assert client.post(f"{SIGN_IN}code/", {"code": code_of(secret, 1)}).status_code == 302
    assert client.get("/accounts/profile/").status_code == 200


def test_a_code_does_for_one_sign_in(ines):
    secret = turn_on(browser_of(ines))
    code = code_of(secret, 1)
    start_sign_in(ines).post(f"{SIGN_IN}code/", {"code": code})
    assertContains(
        start_sign_in(ines).post(f"{SIGN_IN}code/", {"code": code}), "That code is wrong"
    )


def test_recovery_codes_work_once(ines):
    client = browser_of(ines)
    turn_on(client)
    code = client.get(f"{PAGE}codes/").context["unused_codes"][0]
    assert start_sign_in(ines).post(f"{SIGN_IN}code/", {"code": code}).status_code == 302
    assertContains(
        start_sign_in(ines).post(f"{SIGN_IN}code/", {"code": code}), "That code is wrong"
    )


def test_off_again(ines):
    client = browser_of(ines)
    turn_on(client)
    assertRedirects(client.post(f"{PAGE}off/"), PAGE)
    assert not Authenticator.objects.exists()
    browser_of(ines)


def test_a_wrong_code_turns_nothing_on(ines):
    client = browser_of(ines)
    client.post("/accounts/password/again/", {"password": PASSWORD})
    client.get(f"{PAGE}on/")
    assertContains(client.post(f"{PAGE}on/", {"code": "000000"}), "That code is wrong")
    assert not Authenticator.objects.exists()


def test_the_admin_is_behind_it(ines):
    turn_on(browser_of(ines))
    client = start_sign_in(ines)
    assert client.get("/admin/", follow=True).redirect_chain[-1][0].startswith(SIGN_IN)


@pytest.mark.parametrize("path", ["", "on/", "off/", "codes/", "codes/new/"])
def test_students_are_not_offered_it(ada, path):
    assert browser_of(ada).get(f"{PAGE}{path}").status_code == 404
    assert Client().get(f"{PAGE}{path}").url.startswith(SIGN_IN)


def test_who_has_one_and_teaches_no_more_can_turn_it_off(ines):
    client = browser_of(ines)
    turn_on(client)
    type(ines).objects.update(role="student", is_staff=False)
    assertRedirects(client.post(f"{PAGE}off/"), PAGE, fetch_redirect_response=False)
    assert client.get(PAGE).status_code == 404
