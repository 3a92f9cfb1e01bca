"""Personal API tokens: page, command, look-up."""

import hashlib
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from accounts.models import ApiToken
from accounts.tokens import PREFIX, create_token, user_of_token
from tests.support.accounts import browser_of

TOKENS = "/accounts/tokens/"


def test_a_token_is_its_owner(ada, otto):
    token, raw = create_token(ada, "script")
    assert user_of_token(raw) == ada
    token.refresh_from_db()
    assert token.used_at is not None


def test_only_a_hash_is_kept(ada):
    token, raw = create_token(ada, "script")
    assert token.digest == hashlib.sha256(raw.encode()).hexdigest()
    row = ApiToken.objects.values().get()
    assert raw not in str(row)
    assert raw.startswith(token.prefix)
    assert len(raw) - len(PREFIX) == 43  # 256 bits in base64


@pytest.mark.parametrize("raw", ["", "drydock_", "drydock_nonsense", "é" * 50, "x" * 100_000])
def test_nobodys_token(ada, raw):
    create_token(ada, "script")
    assert user_of_token(raw) is None


def test_the_hash_is_no_token(ada):
    token, _raw = create_token(ada, "script")
    assert user_of_token(token.digest) is None
    assert user_of_token(PREFIX + token.digest) is None


def test_use_is_written_once_a_minute(ada, django_assert_num_queries):
    _token, raw = create_token(ada, "script")
    user_of_token(raw)
    used = ApiToken.objects.get().used_at
    with django_assert_num_queries(1):
        user_of_token(raw)
    assert ApiToken.objects.get().used_at == used
    ApiToken.objects.update(used_at=used - timedelta(seconds=61))
    with django_assert_num_queries(2):
        user_of_token(raw)
    assert ApiToken.objects.get().used_at >= used


def test_who_is_switched_off_is_out(ada):
    _token, raw = create_token(ada, "script")
    ada.is_active = False
    ada.save()
    assert user_of_token(raw) is None


def test_page_shows_it_once(ada):
    client = browser_of(ada)
    page = client.post(TOKENS, {"name": "my script"})
    raw = page.context["secret"]
    assert user_of_token(raw) == ada
    assertContains(page, raw, count=1)
    assert "no-store" in page["Cache-Control"]
    again = client.get(TOKENS)
    assertNotContains(again, raw)
    assertContains(again, "my script")


@pytest.mark.parametrize("name", ["", " ", "x" * 81])
def test_a_name_is_wanted(ada, name):
    assertContains(browser_of(ada).post(TOKENS, {"name": name}), 'aria-invalid="true"')
    assert not ApiToken.objects.exists()


def test_revoking(ada):
    token, raw = create_token(ada, "script")
    assertRedirects(browser_of(ada).post(f"{TOKENS}{token.pk}/revoke/"), TOKENS)
    assert user_of_token(raw) is None


def test_the_tokens_of_others_do_not_exist(ada, otto):
    token, raw = create_token(ada, "adas script")
    client = browser_of(otto)
    assertNotContains(client.get(TOKENS), "adas script")
    assert client.post(f"{TOKENS}{token.pk}/revoke/").status_code == 404
    assert Client().post(f"{TOKENS}{token.pk}/revoke/").status_code == 302
    assert user_of_token(raw) == ada


def test_command(ada, capsys):
    call_command("create_token", "ada")
    assert user_of_token(capsys.readouterr().out.strip()) == ada
    with pytest.raises(CommandError, match="nobody"):
        call_command("create_token", "nobody")
