"""Test the sandboxed way to a port, where names below the host's are not to be had."""

import pytest
from pytest_django.fixtures import Settings

from ports import passes
from tests.support.ports.port_site import PortSite, port_site
from tests.support.ports.servers import answer, http_server, port_server
from tests.support.terminal.terminal_site import World

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _no_names(settings: Settings) -> None:
    settings.PORTS_HOST = ""


def page(first: str, headers: dict[str, str], _body: bytes) -> bytes:
    seen = f"{first} cookie={headers.get('cookie')} origin={headers.get('origin')}"
    return answer(seen.encode(), "200 OK", "Set-Cookie: a=1", "Content-Type: text/html")


async def path_of(there: PortSite, port: int, path: str = "/") -> str:
    url = (await there.link(port, path=path)).json()["url"]
    assert url.startswith("http://localhost/ports/at/")
    return url.removeprefix("http://localhost")


async def test_a_port_opens_below_a_path_without_cookies_and_without_an_origin(
    world: World,
) -> None:
    with port_server(http_server(page)) as port:
        async with port_site(world) as there:
            path = await path_of(there, port, "/a?b=1")
            cookie = {"Cookie": f"{world.cookies['student']}; other=1", "Origin": "null"}
            shown = await there.request("localhost", path, headers=cookie)
    assert shown.body == b"GET /a?b=1 HTTP/1.1 cookie=None origin=null"
    assert "sandbox allow-scripts allow-forms;" in shown.header("content-security-policy")
    assert "allow-same-origin" not in shown.header("content-security-policy")
    assert shown.all("set-cookie") == []


async def test_our_own_pages_there_are_sandboxed_too(world: World) -> None:
    async with port_site(world) as there:
        for path in ("/ports/at/made-up/", "/ports/at/", await path_of(there, 1)):
            shown = await there.request("localhost", path, headers={"Accept": "text/html"})
            assert shown.status in (404, 502)
            assert "default-src 'none'" in shown.header("content-security-policy")


async def test_a_path_is_for_its_port_and_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with port_server(http_server(page)) as port:
        async with port_site(world) as there:
            path = await path_of(there, port)
            assert (await there.request("localhost", path[:-9] + "x/")).status == 404
            assert (await there.request("localhost", path.rstrip("/"))).status == 404
            monkeypatch.setitem(passes.SECONDS, passes.PATH_PASS, -1)
            assert (await there.request("localhost", path)).status == 404


async def test_others_get_no_path(world: World) -> None:
    async with port_site(world) as there:
        for user in ("outsider", "instructor"):
            assert (await there.link(80, user)).status_code == 404
