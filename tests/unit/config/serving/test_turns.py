"""Requests that come all at once are begun a few at a time."""

import asyncio
from itertools import pairwise
from typing import Any

import pytest

from config.serving.turns import Turns
from core.budgets import STRANGER
from tests.support.clients.raw_http import RawClient
from tests.support.serving import serving

pytestmark = pytest.mark.asyncio


async def test_what_comes_alone_runs_at_once() -> None:
    turns, done = Turns(2), []
    for number in range(3):
        turns.take(lambda number=number: done.append(number))
        assert done[-1] == number
        await asyncio.sleep(0)
        await asyncio.sleep(0)


async def test_what_comes_together_runs_in_order_a_few_a_turn() -> None:
    turns, done = Turns(3), []
    for number in range(10):
        turns.take(lambda number=number: done.append(number))
    counts = [len(done)]
    while counts[-1] < 10:
        await asyncio.sleep(0)
        counts.append(len(done))
    assert done == list(range(10))
    assert max(after - before for before, after in pairwise([0, *counts])) <= 3


async def test_a_hundred_requests_at_once_leave_the_loop_to_others() -> None:
    begun = 0

    async def application(_scope: Any, _receive: Any, send: Any) -> None:
        nonlocal begun
        begun += 1
        headers = [(b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    async with serving(application) as port:
        clients = [await RawClient.open(port) for _ in range(100)]
        await asyncio.gather(*[client.request() for client in clients])
        counts = [begun]
        async with asyncio.timeout(20):
            while counts[-1] < 100:
                await asyncio.sleep(0)
                counts.append(begun)
        assert max(after - before for before, after in pairwise(counts)) <= STRANGER.requests_a_turn
        assert all([await client.answer() == (200, b"") for client in clients])
        for client in clients:
            client.close()
