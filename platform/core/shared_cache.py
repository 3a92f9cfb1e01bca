"""Cache in Redis, so that what is counted there holds over all web processes.

While Redis is away each process counts in its own memory: a limit that is too wide for a minute is
better than a page that fails.
"""

import functools
import logging
import threading
import time
from collections.abc import Callable
from typing import Any

import redis
from django.core.cache import cache
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.backoff import NoBackoff
from redis.retry import Retry

logger = logging.getLogger(__name__)

# A request waits so long for a Redis that hangs, and no other asks it before AGAIN_SECONDS have
# gone.
ANSWER_SECONDS = 0.25
AGAIN_SECONDS = 5.0
LOG_SECONDS = 60.0


def count(key: str, seconds: int) -> int:
    """Count one more of `key`, and return how many that makes.

    The count is forgotten `seconds` after the first.
    """
    cache.add(key, 0, seconds)
    try:
        return int(cache.incr(key))
    except ValueError:  # Redis went, or came back, between the two
        return 1


class Outage:
    """Remember whether Redis was away a moment ago, for all threads of a process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._until = self._logged = float("-inf")

    @property
    def on(self) -> bool:
        return time.monotonic() < self._until

    def begin(self, error: Exception) -> None:
        """Leave Redis alone for a while, and log that, but not again and again."""
        now = time.monotonic()
        with self._lock:
            self._until = now + AGAIN_SECONDS
            silent = now - self._logged < LOG_SECONDS
            self._logged = self._logged if silent else now
        if not silent:
            logger.warning("Redis does not answer, each process counts for itself: %s", error)

    def forget(self) -> None:
        """Forget the outage, as if there had been none."""
        self._until = self._logged = float("-inf")


OUTAGE = Outage()


@functools.cache
def pool_of(url: str) -> redis.ConnectionPool:
    """Return the process's connection pool.

    Django makes a cache object for every request under ASGI, each with a pool of its own.
    """
    return redis.ConnectionPool.from_url(
        url,
        socket_timeout=ANSWER_SECONDS,
        socket_connect_timeout=ANSWER_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )


class PooledClient(RedisCacheClient):
    """Connect over the process's pool."""

    def __init__(self, servers: list[str], **options: Any) -> None:
        super().__init__(servers, **options)
        self._pool = pool_of(servers[0])

    def _get_connection_pool(self, write: bool) -> redis.ConnectionPool:
        return self._pool


def _or_here(name: str) -> Callable[..., Any]:
    """Return the cache's method `name`, which asks this process while Redis is away."""

    def call(self: "SharedCache", *args: Any, **options: Any) -> Any:
        if not OUTAGE.on:
            try:
                return getattr(super(SharedCache, self), name)(*args, **options)
            except (redis.RedisError, OSError) as error:
                OUTAGE.begin(error)
        return getattr(self.local, name)(*args, **options)

    return call


class SharedCache(RedisCache):
    """Keep settings.CACHES in Redis, and in memory while that is away.

    Redis is the broker's, too, so only keys that begin with KEY_PREFIX are ever touched.
    """

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = PooledClient
        self._url = server
        self.local = LocMemCache("shared-cache", params)

    add, get, set, touch = _or_here("add"), _or_here("get"), _or_here("set"), _or_here("touch")
    delete, has_key, incr = _or_here("delete"), _or_here("has_key"), _or_here("incr")
    get_many, set_many, delete_many = (
        _or_here("get_many"),
        _or_here("set_many"),
        _or_here("delete_many"),
    )

    def clear(self) -> None:
        """Drop what this cache holds, and nothing of the broker's."""
        self.local.clear()
        client = redis.Redis(connection_pool=pool_of(self._url))
        for key in client.scan_iter(f"{self.key_prefix}:*"):
            client.delete(key)
