"""The worker's heartbeat in a real Redis."""

import pytest
from pytest_django.fixtures import Settings

from operate.checks.health import (
    HEARTBEAT_KEY,
    HEARTBEAT_SECONDS,
    PARTS,
    check_redis,
    check_worker,
    redis_client,
)
from operate.tasks import heartbeat


@pytest.fixture(autouse=True)
def own_redis(redis_url: str, settings: Settings) -> None:
    settings.REDIS_URL = redis_url
    with redis_client() as client:
        client.delete(*(HEARTBEAT_KEY % part for part in PARTS))


def test_no_worker_is_noticed():
    assert "no heartbeat" in check_worker()


def test_a_heartbeat_shows_that_a_worker_works():
    heartbeat()
    assert check_worker() == ""


def test_each_worker_has_a_heart_of_its_own():
    heartbeat("grader")
    assert check_worker("grader") == ""
    assert "no heartbeat" in check_worker()


def test_a_heartbeat_fades():
    heartbeat()
    with redis_client() as client:
        assert 0 < client.ttl(HEARTBEAT_KEY % "worker") <= HEARTBEAT_SECONDS


def test_redis_answers():
    assert check_redis() == ""
