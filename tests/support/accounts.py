"""Sign people in, with and without a second factor."""

import re
import time

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.mail import EmailMessage
from django.test import Client
from pytest_django.asserts import assertRedirects

from accounts.models import User
from tests.support.factories import PASSWORD

PAGE = "/accounts/second-factor/"
SIGN_IN = "/accounts/sign-in/"


def browser_of(user: User) -> Client:
    """Sign in with the password, as the pages of the second factor demand it."""
    client = Client()
    response = client.post(SIGN_IN, {"username": user.username, "password": PASSWORD})
    assert response.status_code == 302, response.content.decode()
    return client


def link_in(mail: EmailMessage) -> str:
    """Return the path of the only link in a mail."""
    (path,) = re.findall(r"https?://testserver(/\S+)", str(mail.body))
    return str(path)


def code_of(secret: str, step: int = 0) -> str:
    """Compute what an authenticator app shows, `step` codes from now."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30 + step)))


def turn_on(client: Client) -> str:
    """Turn the second factor on; return its secret."""
    client.post("/accounts/password/again/", {"password": PASSWORD})
    page = client.get(f"{PAGE}on/")
    (secret,) = re.findall(r'class="qr__secret">(\w+)<', page.content.decode())
    assertRedirects(client.post(f"{PAGE}on/", {"code": code_of(secret)}), f"{PAGE}codes/")
    return str(secret)


def start_sign_in(user: User) -> Client:
    """Sign in with the password, which leads to the page for the code."""
    client = Client()
    response = client.post(SIGN_IN, {"username": user.username, "password": PASSWORD})
    assertRedirects(response, f"{SIGN_IN}code/")
    return client
