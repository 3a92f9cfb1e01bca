"""Connections that wait for their peer end: without a head, without a body, without a reader."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from config.serving import http_protocol, waiting
from core.budgets import STRANGER
from tests.support.clients.raw_http import RawClient
from tests.support.serving import serving
from tests.support.waiting import settle

pytestmark = pytest.mark.asyncio

CHUNK = bytes(256 * 1024)


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answers with its path; `/endless` for as long as somebody reads."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        while (await receive())["type"] != "websocket.disconnect":
            await send({"type": "websocket.send", "text": "heard"})
        return
    while (await receive()).get("more_body"):
        pass
    if scope["path"] == "/endless":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while True:
            await send({"type": "http.response.body", "body": CHUNK, "more_body": True})
            await asyncio.sleep(0)
    body = scope["path"].encode()
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Times so short that a test can wait for them."""
    short = replace(STRANGER, header_seconds=0.3, write_seconds=0.3)
    monkeypatch.setattr(http_protocol, "STRANGER", short)


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> waiting.WaitingConnections:
    """Room for five that wait."""
    room = waiting.WaitingConnections(5)
    monkeypatch.setattr(http_protocol, "waiting", room)
    return room


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nHost: x\r\n"], ids=["nothing", "half"])
async def test_a_connection_that_sends_no_whole_head_ends(hurried: None, sent: bytes) -> None:
    async with serving(application) as port:
        client = await RawClient.open(port)
        await client.send(sent)
        assert await client.ended()


async def test_a_head_that_comes_byte_by_byte_gets_no_more_time(hurried: None) -> None:
    async with serving(application) as port:
        client = await RawClient.open(port)

        async def drip() -> None:
            await client.send(b"GET / HTTP/1.1\r\n")
            for number in range(1000):
                await client.send(f"X-{number}: 1\r\n".encode())
                await asyncio.sleep(0.02)

        dripping = asyncio.create_task(drip())
        assert await client.ended(5)
        dripping.cancel()
        await asyncio.gather(dripping, return_exceptions=True)


async def test_a_second_head_on_a_kept_connection_has_an_end_too(hurried: None) -> None:
    async with serving(application) as port:
        client = await RawClient.open(port)
        await client.request("/first")
        assert await client.answer() == (200, b"/first")
        await client.send(b"GET /second HTTP/1.1\r\nHost:")
        assert await client.ended(3)


async def test_requests_one_after_another_and_at_once_are_answered(hurried: None) -> None:
    async with serving(application) as port:
        client = await RawClient.open(port)
        for number in range(3):
            await client.request(f"/{number}")
            assert await client.answer() == (200, f"/{number}".encode())
            await asyncio.sleep(0.2)
        head = b"GET /%d HTTP/1.1\r\nHost: here\r\n\r\n"
        await client.send(head % 7 + head % 8)
        assert [await client.answer(), await client.answer()] == [(200, b"/7"), (200, b"/8")]


async def test_a_head_of_more_than_its_budget_is_refused() -> None:
    async with serving(application) as port:
        client = await RawClient.open(port)
        await client.send(b"GET / HTTP/1.1\r\nCookie: ")
        await client.send(b"a" * (2 * STRANGER.header_bytes))
        assert await client.ended()


async def test_of_too_many_that_wait_the_oldest_goes_and_a_request_is_served(
    narrow: waiting.WaitingConnections,
) -> None:
    async with serving(application) as port:
        silent = [await RawClient.open(port) for _ in range(20)]
        client = await RawClient.open(port)
        await client.request("/served")
        assert await client.answer() == (200, b"/served")
        assert len(narrow) == 5
        assert all([await one.ended() for one in silent[:15]])
        assert not await silent[-1].ended(0.2)
        for one in (*silent, client):
            one.close()
        await settle(lambda: not len(narrow))


async def test_connections_between_two_requests_and_without_a_whole_body_count_as_waiting(
    narrow: waiting.WaitingConnections,
) -> None:
    async with serving(application) as port:
        kept = await RawClient.open(port)
        await kept.request("/kept")
        await kept.answer()
        slow = await RawClient.open(port)
        await slow.request("/slow", method="POST", headers={"Content-Length": "10"})
        await settle(lambda: len(narrow) == 2)
        await slow.send(bytes(10))
        assert await slow.answer() == (200, b"/slow")
        for client in (kept, slow):
            client.close()
        await settle(lambda: not len(narrow))


async def test_whoever_takes_nothing_of_an_answer_loses_the_connection(hurried: None) -> None:
    async with serving(application) as port:
        client = await RawClient.open(port)
        await client.request("/endless")
        await asyncio.sleep(1)
        assert await client.ended()


async def test_a_websocket_outlives_the_time_for_a_head(
    hurried: None, narrow: waiting.WaitingConnections
) -> None:
    async with serving(application) as port:
        client = await RawClient.open(port)
        assert await client.shake_hands() == 101
        assert not len(narrow)
        assert not await client.ended(0.8)
        client.close()
