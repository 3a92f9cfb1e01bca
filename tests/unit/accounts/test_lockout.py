"""Too many wrong passwords."""

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.core import mail
from django.test import Client
from django.utils import timezone
from pytest_django.asserts import assertContains
from pytest_django.fixtures import Settings

from tests.support.accounts import browser_of, link_in
from tests.support.factories import PASSWORD

SIGN_IN = "/accounts/sign-in/"
NEW = "another long pass phrase"


@pytest.fixture(autouse=True)
def _three(settings: Settings) -> None:
    settings.AXES_FAILURE_LIMIT = 3


def attempt(name="ada", password="wrong", **environ: str):
    return Client(**environ).post(SIGN_IN, {"username": name, "password": password})


def lock_out(*names: str):
    for name in names:
        answer = attempt(name)
    return answer


def test_locked_out_even_with_the_right_password(ada):
    answer = lock_out("ada", "ada", "ada")
    assertContains(answer, "Wait a little", status_code=429)
    assert attempt(password=PASSWORD).status_code == 429


def test_case_and_space_are_no_way_around(ada):
    assert lock_out("ada", "ADA", " Ada ").status_code == 429


def test_unknown_names_are_counted_alike(ada):
    assert lock_out("nobody", "nobody", "nobody").status_code == 429


def test_others_and_other_addresses_get_in(ada, otto):
    lock_out("ada", "ada", "ada")
    assert attempt("otto", PASSWORD).status_code == 302
    assert attempt("ada", PASSWORD, REMOTE_ADDR="192.0.2.7").status_code == 302


def test_the_right_password_clears_the_count(ada):
    lock_out("ada", "ada")
    browser_of(ada)
    assert not AccessAttempt.objects.exists()
    assert lock_out("ada", "ada").status_code == 200


def test_it_is_over_after_a_while(ada):
    lock_out("ada", "ada", "ada")
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=16))
    assert attempt(password=PASSWORD).status_code == 302


def test_a_new_password_by_mail_is_the_way_back(ada, otto):
    lock_out("ada", "ada", "ada")
    lock_out("ada@example.org", "ada@example.org", "ada@example.org")
    lock_out("otto", "otto", "otto")
    client = Client()
    client.post("/accounts/password/reset/", {"email": "ada@example.org"})
    form = client.get(link_in(mail.outbox[0]), follow=True).redirect_chain[-1][0]
    assert attempt(password=PASSWORD).status_code == 429
    client.post(form, {"password1": NEW, "password2": NEW})
    assert attempt("ada@example.org", NEW).status_code == 302
    assert attempt("ada", NEW).status_code == 302
    assert attempt("otto", PASSWORD).status_code == 429


def test_no_password_is_kept(ada):
    attempt(password="a wrong secret")
    assert "a wrong secret" not in str(AccessAttempt.objects.values().get())


def test_the_admin_has_no_way_past_it(ada, otto):
    answer = Client().get("/admin/login/?next=/admin/")
    assert answer.url.startswith(SIGN_IN)
    assert browser_of(ada).get("/admin/login/").status_code == 403
    assert browser_of(otto).get("/admin/").status_code == 200
