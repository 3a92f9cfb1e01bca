"""Test that counting goes on while Redis is away."""

import socket

import pytest

from core.shared_cache import OUTAGE, PooledClient, count
from tests.support.shared_cache import use


@pytest.fixture(autouse=True)
def _no_outage():
    OUTAGE.forget()
    yield
    OUTAGE.forget()


@pytest.fixture
def nowhere(settings, tmp_path):
    use(settings, f"unix://{tmp_path}/redis.sock")


def test_without_redis_a_process_counts_for_itself_and_says_so_once(nowhere, caplog):
    assert [count("visits", 60) for _ in range(3)] == [1, 2, 3]
    OUTAGE._until = 0.0  # it asks again, and is away again
    assert count("visits", 60) == 4
    assert [record.getMessage()[:22] for record in caplog.records] == ["Redis does not answer,"]


def test_a_redis_that_hangs_is_asked_once(settings, tmp_path, monkeypatch):
    """A socket that accepts, and never answers."""
    requests = []
    get_client = PooledClient.get_client
    monkeypatch.setattr(
        PooledClient, "get_client", lambda *a, **k: requests.append(1) or get_client(*a, **k)
    )
    with socket.socket(socket.AF_UNIX) as mute:
        mute.bind(str(tmp_path / "mute.sock"))
        mute.listen()
        use(settings, f"unix://{tmp_path}/mute.sock")
        assert [count("visits", 60) for _ in range(5)] == [1, 2, 3, 4, 5]
    assert len(requests) == 1
