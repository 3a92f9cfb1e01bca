"""Test that only the platform's own pages load or send anything there."""

import asyncio
import os
import subprocess
import sys

import pytest
from asgiref.sync import async_to_sync
from django.conf import settings

from config.serving.own_pages import OnlyOwnPages
from tests.support.paths import PLATFORM

PORT = "http://p80-6f1c2a9e5d8b4c7e9a0b1c2d3e4f5061.ports.localhost:8000"


def asked(kind: str = "http", **headers: str) -> int:
    """Ask as a browser with these headers; give the status."""
    statuses = []

    async def platform(scope, receive, send):
        statuses.append(200)

    async def send(message):
        statuses.append(message.get("status"))

    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    async_to_sync(OnlyOwnPages(platform))({"type": kind, "headers": pairs}, None, send)
    return statuses[0]


@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_a_page_of_a_port_asks_in_vain(kind: str) -> None:
    assert asked(kind, origin=PORT) == 403
    assert asked(kind, origin=PORT.upper()) == 403


@pytest.mark.parametrize("site", ["same-site", "cross-site"])
@pytest.mark.parametrize("mode", ["cors", "no-cors", "same-origin"])
def test_what_a_foreign_page_loads_is_refused(site: str, mode: str) -> None:
    assert asked(sec_fetch_site=site, sec_fetch_mode=mode) == 403


def test_links_from_elsewhere_and_own_requests_pass() -> None:
    assert asked(sec_fetch_site="cross-site", sec_fetch_mode="navigate") == 200
    assert asked(sec_fetch_site="same-origin", sec_fetch_mode="cors") == 200
    assert asked(sec_fetch_site="none", sec_fetch_mode="navigate") == 200
    assert asked() == 200
    assert asked(origin="http://localhost:8000") == 200


async def ask_whole(path: str, **headers: str) -> int:
    """Ask the platform as it is served; give the status."""
    from config.asgi import application

    statuses = []

    messages = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive():
        if not messages:
            await asyncio.Event().wait()  # the browser stays
        return messages.pop()

    async def send(message):
        statuses.append(message.get("status"))

    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {
        "type": "http",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": pairs,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8000),
    }
    await application(scope, receive, send)
    return statuses[0]


@pytest.mark.django_db(transaction=True)
def test_the_platform_is_served_behind_both() -> None:
    ask = async_to_sync(ask_whole)
    assert ask("/accounts/sign-in/", host="localhost") == 200
    assert ask("/accounts/sign-in/", host="localhost", origin=PORT) == 403
    assert ask("/healthz", host=PORT.removeprefix("http://")) == 404
    assert ask("/ports/at/made-up/", host="localhost") == 404


def test_cookies_have_names_that_no_other_host_can_set_in_production() -> None:
    code = "from config import settings as s; print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME)"
    environment = {**os.environ, "DRYDOCK_PRODUCTION": "1", "PYTHONPATH": str(PLATFORM)}
    printed = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert printed.stdout.split() == ["__Host-drydock_session", "__Host-drydock_csrf"]
    assert settings.SESSION_COOKIE_PATH == settings.CSRF_COOKIE_PATH == "/"
    assert settings.SESSION_COOKIE_DOMAIN is settings.CSRF_COOKIE_DOMAIN is None
