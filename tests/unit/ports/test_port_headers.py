"""Test which headers pass between a browser and a program in a machine."""

import pytest

from ports.headers import SAFE_COOKIE, View, request_headers, response_headers

ORIGIN = "http://p8080-abc.ports.localhost:8000"
PLATFORM = "http://localhost:8000"
HOST = View(8080, ORIGIN, PLATFORM)
PATH = View(8080, PLATFORM, PLATFORM, prefix="/ports/at/token/")


def up(*headers: tuple[str, str], view: View = HOST) -> dict[str, str]:
    pairs = [(name.encode(), value.encode()) for name, value in headers]
    return {name.decode(): value.decode() for name, value in request_headers(pairs, view)}


def down(*headers: tuple[str, str], view: View = HOST) -> list[tuple[str, str]]:
    pairs = [(name.encode(), value.encode()) for name, value in headers]
    return [(name.decode(), value.decode()) for name, value in response_headers(pairs, view)]


def test_a_program_sees_a_browser_on_its_own_computer() -> None:
    sent = up(
        ("Host", "p8080-abc.ports.localhost:8000"),
        ("Origin", ORIGIN),
        ("Referer", f"{ORIGIN}/a?b"),
        ("X-Forwarded-For", "192.0.2.1"),
        ("X-Forwarded-Host", "drydock.example"),
        ("Forwarded", "for=192.0.2.1"),
        ("Accept", "text/html"),
    )
    assert sent == {
        "host": "localhost:8080",
        "origin": "http://localhost:8080",
        "referer": "http://localhost:8080/a?b",
        "accept": "text/html",
    }


def test_port_80_has_no_number_as_browsers_have_it() -> None:
    assert up(("Host", "x"), view=View(80, ORIGIN, PLATFORM)) == {"host": "localhost"}


def test_origins_of_others_stay_what_they_are() -> None:
    assert up(("Origin", "http://evil.example"))["origin"] == "http://evil.example"


def test_what_is_for_one_connection_stays_there() -> None:
    sent = up(
        ("Connection", "close, X-Secret"),
        ("X-Secret", "1"),
        ("Keep-Alive", "5"),
        ("TE", "trailers"),
        ("Upgrade", "h2c"),
        ("Proxy-Authorization", "x"),
        ("Transfer-Encoding", "chunked"),
        ("Content-Length", "5"),
    )
    assert sent == {"host": "localhost:8080"}


def test_cookies_of_the_platform_never_reach_a_program() -> None:
    cookies = f"a=1; drydock_session=secret; {SAFE_COOKIE}=pass; drydock_csrf=x; sessionid=own; b=2"
    assert up(("Cookie", cookies))["cookie"] == "a=1; sessionid=own; b=2"
    assert "cookie" not in up(("Cookie", "drydock_port=pass"))
    assert "cookie" not in up(("Cookie", "a=1"), view=PATH)


@pytest.mark.parametrize(
    "cookie",
    ["a=1; Domain=localhost; Path=/", "a=1;domain=.ports.localhost; Path=/", "a=1; DOMAIN; Path=/"],
)
def test_a_cookie_is_for_its_port_alone(cookie: str) -> None:
    passed = dict(down(("Set-Cookie", cookie)))["set-cookie"]
    assert "omain" not in passed.lower()
    assert passed.startswith("a=1")
    assert "Path=/" in passed


@pytest.mark.parametrize("name", [SAFE_COOKIE, "drydock_port", "drydock_session", "drydock_csrf"])
def test_no_program_sets_a_cookie_of_ours(name: str) -> None:
    assert "set-cookie" not in dict(down(("Set-Cookie", f"{name}=x; Path=/")))


def test_an_answer_decides_nothing_about_the_site() -> None:
    passed = dict(
        down(
            ("Clear-Site-Data", '"cookies"'),
            ("Strict-Transport-Security", "max-age=1; includeSubDomains"),
            ("Alt-Svc", 'h3=":443"'),
            ("Connection", "keep-alive"),
            ("Content-Type", "text/html"),
        )
    )
    assert passed.keys() == {"content-type", "content-security-policy", "cache-control"}
    assert passed["content-security-policy"] == f"frame-ancestors 'self' {PLATFORM}"


@pytest.mark.parametrize(
    ("sent", "passed"),
    [
        ("http://localhost:8080/next?a=1", "/next?a=1"),
        ("http://localhost/next", "/next"),
        ("http://127.0.0.1:8080", "/"),
        ("http://localhost:3000/other", "http://localhost:3000/other"),
        ("http://localhost.evil.example/", "http://localhost.evil.example/"),
        ("http://localhost@evil.example/", "http://localhost@evil.example/"),
        ("https://example.org/", "https://example.org/"),
        ("relative", "relative"),
    ],
)
def test_redirects_to_itself_stay_at_the_ports_origin(sent: str, passed: str) -> None:
    assert dict(down(("Location", sent)))["location"] == passed


def test_below_a_path_only_what_describes_the_content_passes_and_is_sandboxed() -> None:
    passed = dict(
        down(
            ("Set-Cookie", "a=1"),
            ("Access-Control-Allow-Origin", "*"),
            ("Service-Worker-Allowed", "/"),
            ("Content-Security-Policy", "default-src *"),
            ("Content-Type", "text/html"),
            ("Location", "/next"),
            view=PATH,
        )
    )
    policy = passed.pop("content-security-policy")
    assert policy == f"sandbox allow-scripts allow-forms; frame-ancestors 'self' {PLATFORM}"
    assert passed == {
        "content-type": "text/html",
        "location": "/ports/at/token/next",
        "referrer-policy": "no-referrer",
        "cache-control": "no-cache",
        "x-content-type-options": "nosniff",
    }


def test_a_page_that_says_nothing_of_its_age_is_asked_for_again() -> None:
    assert dict(down(("Last-Modified", "x")))["cache-control"] == "no-cache"
    assert dict(down(("Cache-Control", "max-age=60")))["cache-control"] == "max-age=60"
    assert "cache-control" not in dict(down(("Expires", "x")))


@pytest.mark.parametrize("cookie", ["a=1; Path=/", "a=1; SameSite=Lax; secure; Path=/"])
def test_in_a_frame_a_programs_cookies_ask_to_be_kept_there(cookie: str) -> None:
    framed = View(8080, ORIGIN, PLATFORM, framed=True)
    passed = dict(down(("Set-Cookie", cookie), view=framed))["set-cookie"]
    assert passed == "a=1; Path=/; Secure; SameSite=None; Partitioned"
