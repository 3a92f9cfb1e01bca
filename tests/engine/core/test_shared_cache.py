"""Test that a count holds over all processes, on a real Redis."""

import os
import subprocess
import sys
import time

import pytest
import redis
from django.core.cache import caches

from core.shared_cache import OUTAGE, count
from tests.support.paths import PLATFORM
from tests.support.shared_cache import use

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


@pytest.fixture
def shared(settings, redis_url):
    use(settings, redis_url)
    client = redis.Redis.from_url(redis_url)
    client.flushdb()
    return client


def test_processes_count_together(shared, redis_url):
    environment = os.environ | {
        "REDIS_URL": redis_url, "PYTHONPATH": str(PLATFORM),
        "DJANGO_SETTINGS_MODULE": "config.settings"
    }  # fmt: skip
    command = [sys.executable, "-c", COUNTS]
    racers = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) for _ in range(2)]
    counts = [int(word) for racer in racers for word in racer.communicate(timeout=60)[0].split()]
    assert sorted(counts) == list(range(1, 201))


def test_a_count_is_forgotten(shared):
    count("visits", 60)
    (key,) = shared.keys()
    assert 0 < shared.ttl(key) <= 60


def test_clearing_leaves_the_brokers_keys(shared):
    shared.set("celery", "queued")
    count("visits", 60)
    caches["default"].clear()
    assert shared.keys() == [b"celery"]


def test_a_redis_that_is_back_is_used_again(shared, redis_url, monkeypatch):
    OUTAGE.begin(OSError("away"))
    assert count("visits", 60) == 1
    assert shared.keys() == []
    monkeypatch.setattr(OUTAGE, "_until", time.monotonic())
    assert (count("visits", 60), len(shared.keys())) == (1, 1)
