"""Test that a port opens for its owner and for nobody else, and for as long as they may."""

import asyncio
import uuid
from typing import Any
from urllib.parse import urlsplit

import pytest
from asgiref.sync import sync_to_async
from django.test import Client

from accounts.tokens import create_token
from core.budgets import PORTS
from ports import passes
from ports.headers import PLAIN_COOKIE, SAFE_COOKIE
from ports.names import PortAddress
from sandboxes.models import Sandbox
from tests.support.ports.port_site import PLATFORM, PortSite, port_site
from tests.support.ports.servers import answer, http_server, port_server
from tests.support.terminal.terminal_site import World, set_sandbox

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]

hello = http_server(lambda *_: answer(b"hello"))


async def test_the_owner_opens_a_port_and_sees_its_page(world: World) -> None:
    with port_server(hello) as port:
        async with port_site(world) as there:
            opened = await there.open(port)
            assert (opened.status, opened.header("location")) == (303, "/")
            assert (await there.get(port)).body == b"hello"
            plain = await there.cookie(port, name=PLAIN_COOKIE)
            page = await there.request(there.host(port), headers={"Cookie": plain})
            assert page.body == b"hello"


async def test_cookies_are_for_the_ports_origin_alone(world: World) -> None:
    async with port_site(world) as there:
        cookies = (await there.open(8080)).all("set-cookie")
    assert [cookie.split("=")[0] for cookie in cookies] == [SAFE_COOKIE, PLAIN_COOKIE]
    assert all("HttpOnly" in cookie and "omain" not in cookie for cookie in cookies)
    assert "Secure" in cookies[0]
    assert "Partitioned" in cookies[0]
    assert "SameSite=Lax" in cookies[1]


@pytest.mark.parametrize("user", ["outsider", "instructor", "operator"])
async def test_others_get_no_address(world: World, user: str) -> None:
    async with port_site(world) as there:
        assert (await there.link(80, user)).status_code == 404


async def test_nobody_and_tokens_get_no_address(world: World) -> None:
    async with port_site(world) as there:
        assert (await there.link(80, "")).status_code == 401
        _, raw = await sync_to_async(create_token)(world.users["student"], name="t")
        ask = sync_to_async(Client().post)
        target = f"/api/machines/{world.machine.pk}/ports/80"
        headers = {"Authorization": f"Bearer {raw}"}
        refused = await ask(target, {}, "application/json", headers=headers)
        assert (refused.status_code, refused.json()["error"]["code"]) == (400, "session-needed")


async def test_an_address_needs_the_pages_csrf_token(world: World) -> None:
    client = Client(enforce_csrf_checks=True)
    await sync_to_async(client.force_login)(world.users["student"])
    target = f"/api/machines/{world.machine.pk}/ports/80"
    assert (await sync_to_async(client.post)(target, {}, "application/json")).status_code == 403


@pytest.mark.parametrize("port", [0, 65536, 99999])
async def test_there_are_no_such_ports(world: World, port: int) -> None:
    async with port_site(world) as there:
        assert (await there.link(port)).status_code == 404


async def refused(there: PortSite, port: int, **headers: str) -> None:
    page = await there.request(there.host(port), headers={"Accept": "text/html", **headers})
    assert page.status == 404
    assert b"hello" not in page.body
    assert b"nothing here for you" in page.body


async def test_without_a_pass_everybody_reads_the_same(world: World) -> None:
    with port_server(hello) as port:
        async with port_site(world) as there:
            await refused(there, port)
            await refused(there, port, Cookie=f"{SAFE_COOKIE}=made-up")
            await refused(there, port, Cookie=world.cookies["student"])
            unknown = f"p80-{uuid.uuid4().hex}.ports.localhost"
            there_is_none = await there.request(unknown, headers={"Accept": "text/html"})
            known = await there.request(there.host(port), headers={"Accept": "text/html"})
            assert there_is_none.body == known.body


async def test_a_pass_is_for_one_port_of_one_machine(world: World) -> None:
    with port_server(hello) as port, port_server(hello) as other:
        async with port_site(world) as there:
            await refused(there, other, Cookie=await there.cookie(port))


async def test_a_pass_of_somebody_else_is_worth_what_they_may(world: World) -> None:
    """Also when it was made while they might."""
    with port_server(hello) as port:
        async with port_site(world) as there:
            client = Client()
            await sync_to_async(client.force_login)(world.users["outsider"])
            key = await sync_to_async(lambda: client.session.session_key)()
            address = PortAddress(world.machine.pk, port)
            theirs = passes.Pass(address, world.users["outsider"].pk, key, PLATFORM)
            await refused(there, port, Cookie=f"{SAFE_COOKIE}={theirs.encode(passes.PASS)}")


async def ticket(there: PortSite, port: int) -> tuple[str, str]:
    url = urlsplit((await there.link(port)).json()["url"])
    return f"{url.netloc}:{there.server}", f"{url.path}?{url.query}"


async def test_a_ticket_opens_once(world: World) -> None:
    async with port_site(world) as there:
        host, path = await ticket(there, 80)
        headers = {"Referer": f"{PLATFORM}/"}
        assert (await there.request(host, path, headers=headers)).status == 303
        assert (await there.request(host, path, headers=headers)).status == 404


async def test_a_ticket_is_brought_by_a_page_of_the_platform(world: World) -> None:
    """Or else a student could lead others to their own machine, by an address of this site."""
    async with port_site(world) as there:
        host, path = await ticket(there, 80)
        for headers in ({}, {"Referer": "http://evil.example/"}, {"Referer": f"{PLATFORM}.x/"}):
            assert (await there.request(host, path, headers=headers)).status == 404
        good = await there.request(host, path, headers={"Referer": f"{PLATFORM}/"})
        assert good.status == 303  # the others have not used it up


async def test_a_ticket_is_for_its_port_and_no_pass(world: World) -> None:
    async with port_site(world) as there:
        _, path = await ticket(there, 80)
        headers = {"Referer": f"{PLATFORM}/"}
        assert (await there.request(there.host(81), path, headers=headers)).status == 404
        value = path.partition("ticket=")[2].partition("&")[0]
        await refused(there, 80, Cookie=f"{SAFE_COOKIE}={value}")


async def test_tickets_and_passes_end(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async with port_site(world) as there:
        host, path = await ticket(there, 80)
        cookie = await there.cookie(80)
        monkeypatch.setitem(passes.SECONDS, passes.TICKET, -1)
        monkeypatch.setitem(passes.SECONDS, passes.PASS, -1)
        late = await there.request(host, path, headers={"Referer": f"{PLATFORM}/"})
        assert late.status == 404
        await refused(there, 80, Cookie=cookie)


async def sign_out(world: World) -> Any:
    def change() -> None:
        world.users["student"].set_password("another")
        world.users["student"].save()

    await sync_to_async(change)()


async def test_who_signs_out_is_out(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with port_server(hello) as port:
        async with port_site(world) as there:
            cookie = await there.cookie(port)
            page = await there.request(there.host(port), headers={"Cookie": cookie})
            assert page.body == b"hello"
            await sync_to_async(there.clients["student"].logout)()
            await asyncio.sleep(PORTS.decision_seconds)
            await refused(there, port, Cookie=cookie)


async def test_who_loses_the_machine_is_out(world: World) -> None:
    with port_server(hello) as port:
        async with port_site(world) as there:
            cookie = await there.cookie(port)
            await set_sandbox(world, user=world.users["outsider"])
            await refused(there, port, Cookie=cookie)


async def test_a_machine_that_sleeps_says_so_to_its_owner(world: World) -> None:
    async with port_site(world) as there:
        cookie = await there.cookie(80)
        await set_sandbox(world, state=Sandbox.State.PARKED)
        page = await there.request(there.host(80), headers={"Cookie": cookie})
        assert page.status == 409
        assert b"not running" in page.body


async def test_an_answer_that_goes_on_ends_with_the_session(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ports.application.PORTS", PORTS.__class__(long_seconds=0.1))

    def never_ends(connection: Any) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\nbegun")
        connection.recv(1)

    with port_server(never_ends) as port:
        async with port_site(world) as there:
            cookie = {"Cookie": await there.cookie(port)}
            reading = asyncio.create_task(there.request(there.host(port), headers=cookie))
            await asyncio.sleep(0.5)
            assert not reading.done()
            await sync_to_async(there.clients["student"].logout)()
            page = await reading
            assert (page.body, page.whole) == (b"begun", False)
