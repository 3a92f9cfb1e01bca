"""Sign people in, with and without a second factor."""

import re
import time

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.test import Client
from pytest_django.asserts import assertRedirects

PAGE = "/accounts/second-factor/"
SIGN_IN = "/accounts/sign-in/"
PASSWORD = "a long pass phrase"


def code_of(secret, step=0):
    """What an authenticator app would show."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + step))


def turn_on(client):
    """Returns the secret."""
    client.post("/accounts/password/again/", {"password": PASSWORD})
    page = client.get(f"{PAGE}on/")
    (secret,) = re.findall(r'class="qr__secret">(\w+)<', page.content.decode())
    assertRedirects(client.post(f"{PAGE}on/", {"code": code_of(secret)}), f"{PAGE}codes/")
    return secret


def start_sign_in(user):
    client = Client()
    assertRedirects(client.post(SIGN_IN, {"username": user.username, "password": PASSWORD}), f"{SIGN_IN}code/")
    return client


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
