"""Count what each user has open at once, over all web processes.

Each process writes its own count to Redis. Those of processes that are gone don't count, so after
a crash everybody gets in again. While Redis is away each process counts for itself.
"""

import asyncio
import functools
import os
import socket
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import redis
from asgiref.sync import sync_to_async
from django.conf import settings

from core.shared_cache import OUTAGE, pool_of

# How long a count outlives its last change: long after the last of its websockets has gone.
KEY_SECONDS = 24 * 60 * 60

open_here: Counter[str] = Counter()
# Tasks that tell Redis of a place given back; a task that nobody holds may vanish.
telling: set[asyncio.Task[int]] = set()


class NoPlaceLeft(Exception):
    """Refuse what would be one more than a user may have open."""


@asynccontextmanager
async def take_place(kind: str, user_id: int, most: int) -> AsyncIterator[None]:
    """Take one of a user's `most` places of a kind, over all web processes. Raises NoPlaceLeft."""
    key = place_key(kind, user_id)
    open_here[key] += 1
    try:
        if open_here[key] > most or await publish_count(key) > most:
            raise NoPlaceLeft
        yield
    finally:
        open_here[key] -= 1
        if not open_here[key]:
            del open_here[key]
        task = asyncio.ensure_future(publish_count(key))
        telling.add(task)
        task.add_done_callback(telling.discard)


def place_key(kind: str, user_id: int) -> str:
    return f"drydock-places:{kind}:{user_id}"


async def publish_count(key: str) -> int:
    """Tell Redis how many this process has; return how many all have together."""
    here = open_here[key]
    if OUTAGE.on:
        return here
    return await sync_to_async(exchange_counts, thread_sensitive=False)(key, here)


def exchange_counts(key: str, here: int) -> int:
    client = redis.Redis(connection_pool=pool_of(settings.REDIS_URL), decode_responses=True)
    try:
        with client.pipeline(transaction=False) as pipeline:
            if here:
                pipeline.hset(key, this_process(), str(here))
                pipeline.expire(key, KEY_SECONDS)
            else:
                pipeline.hdel(key, this_process())
            pipeline.hgetall(key)
            counts = pipeline.execute()[-1]
        others = {as_text(name): int(count) for name, count in counts.items()}
        others.pop(this_process(), None)
        if gone := [name for name in others if not is_alive(name)]:
            client.hdel(key, *gone)
        return here + sum(count for name, count in others.items() if name not in gone)
    except (redis.RedisError, OSError) as error:
        OUTAGE.begin(error)
        return here


def as_text(name: bytes | str) -> str:
    return name.decode() if isinstance(name, bytes) else name


@functools.cache
def this_process() -> str:
    """Return the name of this process, which no other ever has: host, number, start."""
    return f"{socket.gethostname()} {os.getpid()} {start_of(os.getpid())}"


def is_alive(name: str) -> bool:
    """Whether the process of that name runs. One of another host is taken to."""
    host, pid, start = name.rsplit(" ", 2)
    return host != socket.gethostname() or start_of(int(pid)) == start


def start_of(pid: int) -> str:
    """Return when a process started, in clock ticks since boot (proc(5)); empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""
