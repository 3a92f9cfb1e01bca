"""Test that only the platform's own pages load or send anything there."""

import pytest
from asgiref.sync import async_to_sync

from config.serving.own_pages import OnlyOwnPages

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
