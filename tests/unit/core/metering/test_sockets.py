"""Places: so many of a kind for each user, over all web processes."""

import asyncio
from contextlib import AsyncExitStack

import pytest
import redis
from pytest_django.fixtures import Settings

from core.metering import sockets
from core.metering.sockets import NoPlaceLeft, open_here, place_key, take_place
from core.shared_cache import OUTAGE
from tests.support.waiting import settle

pytestmark = pytest.mark.asyncio

KEY = place_key("terminal", 1)


@pytest.fixture
def shared(redis_url: str, settings: Settings) -> redis.Redis:
    """Redis, as other web processes see it."""
    settings.REDIS_URL = redis_url
    OUTAGE.forget()
    client = redis.Redis.from_url(redis_url, decode_responses=True)
    client.delete(KEY)
    return client


@pytest.fixture
def away(settings: Settings) -> None:
    settings.REDIS_URL = "unix:///nowhere/redis.sock"
    OUTAGE.forget()


async def take(count: int, user_id: int = 1) -> AsyncExitStack:
    stack = AsyncExitStack()
    for _ in range(count):
        await stack.enter_async_context(take_place("terminal", user_id, 3))
    return stack


async def test_one_more_than_there_are_is_refused_and_a_place_given_back_is_free(away: None):
    held = await take(3)
    with pytest.raises(NoPlaceLeft):
        await take(1)
    other = await take(3, user_id=2)
    await held.aclose()
    await (await take(3)).aclose()
    await other.aclose()
    assert not open_here


async def test_places_of_other_processes_count(shared: redis.Redis):
    shared.hset(KEY, "another-host 1 1", "2")
    held = await take(1)
    with pytest.raises(NoPlaceLeft):
        await take(1)
    assert shared.hget(KEY, sockets.this_process()) in ("1", "2")
    await held.aclose()
    await settle(lambda: shared.hgetall(KEY) == {"another-host 1 1": "2"})


async def test_places_of_a_process_that_was_killed_do_not_count(shared: redis.Redis):
    sleeper = await asyncio.create_subprocess_exec("sleep", "60")
    host = sockets.this_process().rsplit(" ", 2)[0]
    name = f"{host} {sleeper.pid} {sockets.start_of(sleeper.pid)}"
    shared.hset(KEY, name, "3")
    with pytest.raises(NoPlaceLeft):
        await take(1)
    sleeper.kill()
    await sleeper.wait()
    await (await take(3)).aclose()
    assert name not in shared.hgetall(KEY)


async def test_without_redis_each_process_counts_for_itself(away: None):
    held = await take(3)
    with pytest.raises(NoPlaceLeft):
        await take(1)
    await held.aclose()
