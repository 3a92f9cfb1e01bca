"""A browser's websocket comes from this site's own pages: scheme, host and port."""

from typing import Any

import pytest
from pytest_django.fixtures import Settings

from accounts.websocket_origin import is_own_page


@pytest.fixture(autouse=True)
def _hosts(settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["drydock.example", "127.0.0.1", "[::1]"]


def handshake(host: str, *origins: str, scheme: str = "ws", **headers: str) -> dict[str, Any]:
    given = [(b"host", host.encode())]
    given += [(b"origin", origin.encode()) for origin in origins]
    given += [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {
        "type": "websocket",
        "path": "/ws/events/",
        "query_string": b"",
        "scheme": scheme,
        "headers": given,
        "client": ("192.0.2.1", 50000),
        "server": ("127.0.0.1", 8000),
    }


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("drydock.example", "http://drydock.example"),
        ("drydock.example:8000", "http://drydock.example:8000"),
        ("127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("[::1]:8000", "http://[::1]:8000"),
        ("Drydock.Example", "http://drydock.example"),
    ],
)
def test_own_pages_are_let_in(host: str, origin: str) -> None:
    assert is_own_page(handshake(host, origin))


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("127.0.0.1:8000", "http://127.0.0.1:8001"),  # another port of the same host
        ("127.0.0.1:8000", "http://127.0.0.1"),
        ("drydock.example", "https://drydock.example"),  # another scheme
        ("drydock.example", "http://drydock.example:80@evil.example"),
        ("drydock.example", "http://evil.example"),
        ("drydock.example", "http://x.drydock.example"),
        ("127.0.0.1:8000", "http://localhost:8000"),
        ("drydock.example", "null"),
        ("drydock.example", ""),
        ("drydock.example", "http://"),
        ("drydock.example", "http://[::1"),
        ("evil.example", "http://evil.example"),  # a name that points here: DNS rebinding
    ],
)
def test_pages_of_other_sites_are_not(host: str, origin: str) -> None:
    assert not is_own_page(handshake(host, origin))


def test_a_handshake_without_an_origin_or_with_two_is_refused() -> None:
    assert not is_own_page(handshake("drydock.example"))
    own = "http://drydock.example"
    assert not is_own_page(handshake("drydock.example", own, "http://evil.example"))


def test_behind_a_proxy_the_scheme_is_the_proxys(settings: Settings) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    proxied = {"x_forwarded_proto": "https"}
    assert is_own_page(handshake("drydock.example", "https://drydock.example", **proxied))
    assert not is_own_page(handshake("drydock.example", "http://drydock.example", **proxied))


def test_a_client_cannot_choose_the_scheme_without_a_proxy() -> None:
    forged = {"x_forwarded_proto": "https"}
    assert not is_own_page(handshake("drydock.example", "https://drydock.example", **forged))


def test_trusted_origins_are_those_of_forms(settings: Settings) -> None:
    settings.CSRF_TRUSTED_ORIGINS = ["https://front.example", "https://*.class.example"]
    assert is_own_page(handshake("drydock.example", "https://front.example"))
    assert is_own_page(handshake("drydock.example", "https://a.class.example"))
    assert not is_own_page(handshake("drydock.example", "http://front.example"))
    assert not is_own_page(handshake("drydock.example", "https://class.example.evil"))
