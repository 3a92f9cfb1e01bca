"""What is counted holds over all processes, and goes on while Redis is away."""

import os
import socket
import subprocess
import sys
import time

import pytest
import redis
from django.core.cache import caches

from core.shared_cache import OUTAGE, PooledClient, count
from tests.support.paths import PLATFORM

COUNTS = """
import django; django.setup()
from core.shared_cache import count
print(*[count("visits", 60) for _ in range(100)])
"""


@pytest.fixture(autouse=True)
def _no_outage():
    OUTAGE.forget()
    yield
    OUTAGE.forget()


def use(settings, url):
    settings.CACHES = {
        "default": {"BACKEND": "core.shared_cache.SharedCache", "LOCATION": url, "KEY_PREFIX": "drydock-cache"}
    }
    caches["default"].here.clear()


@pytest.fixture
def shared(settings, redis_url):
    use(settings, redis_url)
    client = redis.Redis.from_url(redis_url)
    client.flushdb()
    return client


@pytest.fixture
def nowhere(settings, tmp_path):
    use(settings, f"unix://{tmp_path}/redis.sock")


def test_processes_count_together(shared, redis_url):
    environment = os.environ | {
        "REDIS_URL": redis_url, "PYTHONPATH": str(PLATFORM), "DJANGO_SETTINGS_MODULE": "config.settings"
    }  # fmt: skip
    command = [sys.executable, "-c", COUNTS]
    racers = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) for _ in range(2)]
    seen = [int(word) for racer in racers for word in racer.communicate(timeout=60)[0].split()]
    assert sorted(seen) == list(range(1, 201))


def test_a_count_is_forgotten(shared):
    count("visits", 60)
    (key,) = shared.keys()
    assert 0 < shared.ttl(key) <= 60


def test_clearing_leaves_the_brokers_keys(shared):
    shared.set("celery", "queued")
    count("visits", 60)
    caches["default"].clear()
    assert shared.keys() == [b"celery"]


def test_without_redis_a_process_counts_for_itself_and_says_so_once(nowhere, caplog):
    assert [count("visits", 60) for _ in range(3)] == [1, 2, 3]
    OUTAGE._until = 0.0  # it asks again, and is away again
    assert count("visits", 60) == 4
    assert [record.getMessage()[:22] for record in caplog.records] == ["Redis does not answer,"]


def test_a_redis_that_is_back_is_used_again(shared, redis_url, monkeypatch):
    OUTAGE.begin(OSError("away"))
    assert count("visits", 60) == 1
    assert shared.keys() == []
    monkeypatch.setattr(OUTAGE, "_until", time.monotonic())
    assert (count("visits", 60), len(shared.keys())) == (1, 1)


def test_a_redis_that_hangs_is_asked_once(settings, tmp_path, monkeypatch):
    """A socket that accepts, and never answers."""
    asked = []
    get_client = PooledClient.get_client
    monkeypatch.setattr(PooledClient, "get_client", lambda *a, **k: asked.append(1) or get_client(*a, **k))
    with socket.socket(socket.AF_UNIX) as mute:
        mute.bind(str(tmp_path / "mute.sock"))
        mute.listen()
        use(settings, f"unix://{tmp_path}/mute.sock")
        assert [count("visits", 60) for _ in range(5)] == [1, 2, 3, 4, 5]
    assert len(asked) == 1
