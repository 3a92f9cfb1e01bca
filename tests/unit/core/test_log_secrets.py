"""No log line holds an address: paths and queries carry secrets."""

import logging
from collections.abc import Iterator

import pytest
from django.test import Client, RequestFactory
from django.urls import resolve

from core.logging.secrets import SecretFilter

SECRET = "s3cr3t"


@pytest.fixture
def lines() -> Iterator[list[str]]:
    """What the console handler of settings.LOGGING would print, from every logger."""
    messages = []
    handler = logging.Handler()
    handler.emit = lambda record: messages.append(record.getMessage())
    handler.addFilter(SecretFilter())
    logging.getLogger().addHandler(handler)
    yield messages
    logging.getLogger().removeHandler(handler)


@pytest.mark.parametrize("ending", ['"WebSocket %s" [accepted]', '"WebSocket %s" 403'])
def test_the_query_of_a_websocket(ending):
    line, client = f"%s - {ending}", "127.0.0.1:5"
    record = logging.LogRecord(
        "uvicorn.error", logging.INFO, "f", 1, line, (client, f"/ws/events/?token={SECRET}"), None
    )
    assert SecretFilter().filter(record)
    assert record.getMessage() == line % (client, "/ws/events/")


def test_a_page_that_breaks(lines, monkeypatch, db):
    def broken(_raw):
        raise RuntimeError("broken")

    monkeypatch.setattr("accounts.invitations.find_open", broken)
    client = Client(raise_request_exception=False)
    assert client.get(f"/accounts/invitation/{SECRET}/?also={SECRET}").status_code == 500
    assert "Internal Server Error: /accounts/invitation/<str:raw>/" in lines
    assert SECRET not in "\n".join(lines)


def test_a_form_without_its_token(lines, db):
    client = Client(enforce_csrf_checks=True)
    assert client.post(f"/accounts/password/reset/1-{SECRET}/").status_code == 403
    assert any("Forbidden" in line and "password/reset" in line for line in lines)
    assert SECRET not in "\n".join(lines)


def test_what_is_no_address_stays(lines):
    request = RequestFactory().get("/accounts/profile/")
    request.resolver_match = resolve("/accounts/profile/")
    logging.getLogger("django.request").error("%s of %d", "reason", 3, extra={"request": request})
    logging.getLogger("learn").info("why? %s", "what? that")
    assert lines == ["reason of 3", "why? what? that"]
