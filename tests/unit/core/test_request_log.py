"""Each request leaves one line with an id that the client gets too."""

import logging
from collections.abc import Callable

import pytest
from django.test import Client

from core.logging import context
from tests.support.factories import UserFactory


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Callable[[], list[logging.LogRecord]]:
    """Records of the request log, with what they belong to."""
    caplog.set_level(logging.INFO, logger="drydock.request")
    caplog.handler.addFilter(context.ContextFilter())
    return lambda: [record for record in caplog.records if record.name == "drydock.request"]


def test_a_given_id_is_passed_on(lines):
    answer = Client().get("/accounts/sign-in/", headers={"X-Request-ID": "proxy-0001.a"})
    assert answer["X-Request-ID"] == "proxy-0001.a"
    assert [record.request_id for record in lines()] == ["proxy-0001.a"]


@pytest.mark.parametrize(
    "proxy_id", ["", "short", "a" * 65, "two words here", "line\tbreak-x", "<script>alert"]
)
def test_what_does_not_look_like_an_id_is_replaced(proxy_id, lines):
    answer = Client().get("/healthz", headers={"X-Request-ID": proxy_id})
    assert len(answer["X-Request-ID"]) == 32
    assert proxy_id not in (answer["X-Request-ID"],)


@pytest.mark.parametrize(
    ("path", "route"),
    [("/static/js/page.js", "(static file)"), ("/key-0123456789abcdef", "(no such page)")],
)
def test_what_has_no_route_is_told_apart_without_its_address(path, route, lines):
    Client().get(path)
    assert lines()[0].route == route


def test_the_line_says_what_was_asked_and_answered(lines):
    Client().get("/accounts/sign-in/?next=/secret-query/")
    (line,) = lines()
    assert (line.method, line.route, line.status) == ("GET", "/accounts/sign-in/", 200)
    assert line.milliseconds >= 0
    assert "secret-query" not in line.getMessage()


def test_the_route_is_logged_not_what_it_was_filled_with(lines, db):
    client = Client()
    client.force_login(UserFactory(username="mate"))
    client.get("/courses/a-key-of-somebody/")
    (line,) = lines()
    assert line.route == "/courses/<slug:course>/"


@pytest.mark.django_db
def test_the_line_names_user_and_sandbox(lines):
    user = UserFactory(username="mate")
    client = Client()
    client.force_login(user)
    client.get("/api/sandboxes/00000000-0000-4000-8000-000000000001")
    (line,) = lines()
    assert (line.user_id, line.sandbox_id) == (str(user.pk), "00000000-0000-4000-8000-000000000001")


def test_health_is_not_logged(lines):
    Client().get("/healthz")
    assert lines() == []
