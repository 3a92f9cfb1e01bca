"""Act as many students of a platform that the benchmark has started."""

import json
import secrets
from typing import Any

import requests

from tests.support.clients.api import LiveStudent
from tests.support.running_platform import RunningPlatform

CSRF_TOKEN = secrets.token_hex(16)
# Passwords are slow to check on purpose, and signing in is not what is measured.
SIGN_IN = """
import json
from django.conf import settings
from django.test import Client
from accounts.models import User
cookies = []
for number in range(%d):
    client = Client()
    user, _ = User.objects.get_or_create(username=f"bench{number}")
    client.force_login(user)
    cookies.append(client.cookies[settings.SESSION_COOKIE_NAME].value)
print(json.dumps([settings.SESSION_COOKIE_NAME, cookies]))
"""


class SignedInStudent(LiveStudent):
    """Act as a student whose session was made without a sign-in page."""

    def __init__(self, base_url: str, name: str, session: str) -> None:
        self.base_url = base_url
        self.http = requests.Session()
        self.http.cookies.set(name, session, domain="127.0.0.1")
        self.http.cookies.set("drydock_csrf", CSRF_TOKEN, domain="127.0.0.1")


def sign_in(platform: RunningPlatform, count: int) -> list[SignedInStudent]:
    """Make so many students, each with a session of their own."""
    output = platform.manage("shell", "-v0", "--no-imports", "-c", SIGN_IN % count)
    name, sessions = json.loads(output.strip().splitlines()[-1])
    return [SignedInStudent(platform.base_url, name, session) for session in sessions]


def next_event(events: Any, kind: str) -> dict[str, Any]:
    """Return the content of the next event of a kind that a page is sent."""
    while True:
        event = json.loads(events.receive()[1])
        if event["type"] == kind:
            return dict(event[kind])
