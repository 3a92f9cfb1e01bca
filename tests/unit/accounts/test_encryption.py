"""Keep second factors' secrets encrypted in the database, whatever becomes of the key."""

import importlib
import json

import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from pytest_django.asserts import assertContains

from accounts.encryption import MARK, decrypt, encrypt, re_encrypt
from accounts.errors import DecryptionFailed
from tests.support.accounts import PAGE, SIGN_IN, browser_of, code_of, start_sign_in, turn_on

SECRET = "JBSWY3DPEHPK3PXP"
OLD, NEW = "the old key 0123456789", "the new key 0123456789"


def test_encrypted_and_decrypted():
    assert decrypt(encrypt(SECRET)) == SECRET
    assert SECRET not in encrypt(SECRET)
    assert encrypt(SECRET) != encrypt(SECRET)


def test_plain_text_is_read_as_it_is():
    assert decrypt(SECRET) == SECRET
    assert decrypt(re_encrypt(SECRET)) == SECRET


def test_the_key_changes(settings):
    settings.SECRET_KEY = OLD
    old = encrypt(SECRET)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = NEW, [OLD]
    assert decrypt(old) == SECRET
    new = re_encrypt(old)
    settings.SECRET_KEY_FALLBACKS = []
    assert decrypt(new) == SECRET
    with pytest.raises(DecryptionFailed):
        decrypt(old)


def test_ciphertext_that_was_tampered_with_is_refused():
    with pytest.raises(DecryptionFailed):
        decrypt(MARK + "A" + encrypt(SECRET).removeprefix(MARK)[1:-8] + "AAAAAAA=")


def test_not_with_the_key_that_everybody_knows(settings):
    settings.SECRET_KEY = settings.UNSAFE_KEY
    with pytest.raises(ImproperlyConfigured):
        encrypt(SECRET)


def test_nothing_stored_lies_open(ines):
    client = browser_of(ines)
    secret = turn_on(client)
    codes = client.get(f"{PAGE}codes/").context["unused_codes"]
    stored = json.dumps([row.data for row in Authenticator.objects.all()])
    assert stored.count(MARK) == 2
    assert [text for text in (secret, *codes) if text in stored] == []


def open_rows(user):
    """As they were stored before anything was encrypted."""
    Authenticator.objects.create(user=user, type="totp", data={"secret": SECRET})
    codes = {"seed": "ab" * 40, "used_mask": 0, "migrated_codes": ["12345678"]}
    Authenticator.objects.create(user=user, type="recovery_codes", data=codes)


def test_the_migration_encrypts_what_is_there(ines):
    open_rows(ines)
    importlib.import_module("accounts.migrations.0003_seal_second_factors").seal(apps, None)
    stored = json.dumps([row.data for row in Authenticator.objects.all()])
    assert stored.count(MARK) == 3
    assert SECRET not in stored
    assert start_sign_in(ines).post(f"{SIGN_IN}code/", {"code": code_of(SECRET)}).status_code == 302
    assert start_sign_in(ines).post(f"{SIGN_IN}code/", {"code": "12345678"}).status_code == 302


def test_the_command_after_a_change_of_the_key(ines, settings, capsys):
    settings.SECRET_KEY = OLD
    secret = turn_on(browser_of(ines))
    settings.SECRET_KEY = NEW
    with pytest.raises(CommandError, match="nothing was changed"):
        call_command("reseal")
    settings.SECRET_KEY_FALLBACKS = [OLD]
    call_command("reseal")
    assert capsys.readouterr().out == "2 encrypted with the present key\n"
    settings.SECRET_KEY_FALLBACKS = []
    assert (
        start_sign_in(ines).post(f"{SIGN_IN}code/", {"code": code_of(secret, 1)}).status_code == 302
    )


def test_a_secret_that_no_key_decrypts_lets_nobody_in(ines, settings, caplog):
    client = browser_of(ines)
    secret = turn_on(client)
    (code, *_others) = client.get(f"{PAGE}codes/").context["unused_codes"]
    settings.SECRET_KEY = NEW
    for typed_code in (code_of(secret, 1), code):
        assertContains(
            start_sign_in(ines).post(f"{SIGN_IN}code/", {"code": typed_code}), "That code is wrong"
        )
    assert "manage.py reseal" in caplog.text


def test_what_no_key_decrypts_can_be_removed(ines, otto, settings, capsys):
    turn_on(browser_of(ines))
    settings.SECRET_KEY = NEW
    turn_on(browser_of(otto))
    call_command("reseal", "--remove-lost")
    assert capsys.readouterr().out == "2 removed\n2 encrypted with the present key\n"
    assert set(Authenticator.objects.values_list("user", flat=True)) == {otto.pk}
    assert browser_of(ines).get("/accounts/profile/").status_code == 200
