"""Requests get into Django a few at a time, each client's by themselves."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from config.serving.requests import FewAtOnce
from core.budgets import STRANGER
from tests.support.clients.raw_http import RawClient
from tests.support.serving import serving
from tests.support.waiting import settle

pytestmark = pytest.mark.asyncio

ONE, ALL = STRANGER.requests_a_client, STRANGER.requests_at_once


class Slow:
    """An application that answers once it is let."""

    def __init__(self) -> None:
        self.inside = 0
        self.bodies: list[bytes] = []
        self.may_answer, self.may_finish = asyncio.Event(), asyncio.Event()
        self.may_finish.set()
        self.port = 0

    async def application(self, _scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        self.bodies.append(body)
        self.inside += 1
        await self.may_answer.wait()
        self.inside -= 1
        headers = [(b"content-length", b"2")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await self.may_finish.wait()
        await send({"type": "http.response.body", "body": b"ok"})

    async def ask(self, client: str, path: str = "/") -> RawClient:
        connection = await RawClient.open(self.port)
        await connection.request(path, headers={"Cookie": f"drydock_session={client}"})
        return connection


@asynccontextmanager
async def slow() -> AsyncIterator[Slow]:
    site = Slow()
    async with serving(FewAtOnce(site.application)) as port:
        site.port = port
        yield site


async def test_a_client_has_so_many_inside_and_the_others_their_own() -> None:
    async with slow() as there:
        greedy = [await there.ask("greedy") for _ in range(30)]
        await settle(lambda: there.inside == ONE)
        other = await there.ask("other")
        await settle(lambda: there.inside == ONE + 1)
        there.may_answer.set()
        assert all([await client.answer() == (200, b"ok") for client in (*greedy, other)])


async def test_all_clients_together_have_so_many_inside() -> None:
    async with slow() as there:
        clients = [await there.ask(f"client-{number}") for number in range(2 * ALL)]
        await settle(lambda: there.inside == ALL)
        await asyncio.sleep(0.1)
        assert there.inside == ALL
        there.may_answer.set()
        assert all([await client.answer() == (200, b"ok") for client in clients])


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
async def test_health_pages_are_answered_in_any_case(path: str) -> None:
    async with slow() as there:
        clients = [await there.ask(f"client-{number}") for number in range(ALL)]
        await settle(lambda: there.inside == ALL)
        clients.append(await there.ask("watcher", path))
        await settle(lambda: there.inside == ALL + 1)
        there.may_answer.set()
        assert all([await client.answer() == (200, b"ok") for client in clients])


async def test_a_place_is_free_once_an_answer_begins() -> None:
    async with slow() as there:
        there.may_answer.set()
        there.may_finish.clear()
        clients = [await there.ask("reader") for _ in range(3 * ONE)]
        await settle(lambda: len(there.bodies) == 3 * ONE)
        there.may_finish.set()
        assert all([await client.answer() == (200, b"ok") for client in clients])


async def test_a_body_that_is_under_way_takes_no_place() -> None:
    async with slow() as there:
        sending = [await RawClient.open(there.port) for _ in range(ONE)]
        for client in sending:
            length = {"Cookie": "drydock_session=a", "Content-Length": "10"}
            await client.request("/", method="POST", headers=length)
            await client.send(b"slow")
        asking = await there.ask("a")
        await settle(lambda: there.bodies == [b""])
        await sending[0].send(b" body.")
        await settle(lambda: there.bodies == [b"", b"slow body."])
        there.may_answer.set()
        assert await asking.answer() == (200, b"ok")


async def test_whoever_leaves_gives_the_place_back() -> None:
    async with slow() as there:
        leaving = [await there.ask("a") for _ in range(3 * ONE)]
        await settle(lambda: there.inside == ONE)
        for client in leaving:
            client.close()
        there.may_answer.set()
        await (await there.ask("a")).answer()
