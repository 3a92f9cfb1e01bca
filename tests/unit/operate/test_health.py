"""/healthz and /readyz: no sign-in, JSON, 503 naming what is down, in bounded time."""

import time
from collections.abc import Callable

import pytest

from operate.checks import health
from operate.checks.health import readiness
from tests.support.factories import HostFactory


def broken() -> str:
    raise ConnectionRefusedError("/a/path/that/nobody/outside/should/read")


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, Callable[[], str]]], None]:
    """Replaces what is asked; takes a dict of checks."""
    return lambda checks: monkeypatch.setattr(health, "CHECKS", checks)


def test_healthz_needs_no_sign_in_and_asks_nobody(client):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_readyz_is_200_when_every_part_answers(client, db, checks):
    checks({"database": lambda: "", "redis": lambda: ""})
    answer = client.get("/readyz")
    assert answer.status_code == 200
    parts = {"database": "ok", "redis": "ok"}
    assert answer.json() == {"status": "ok", "down": [], "short": [], "parts": parts}


def test_readyz_names_what_is_short_and_stays_in_service(client, db, checks):
    checks({"database": lambda: ""})
    HostFactory(
        resources=[
            {"name": "disk", "free": 3, "total": 100, "unit": ""},
            {"name": "memory", "free": 50, "total": 100, "unit": ""},
        ]
    )
    answer = client.get("/readyz")
    assert answer.status_code == 200
    body = answer.json()
    assert (body["status"], body["short"]) == ("short", ["disk"])
    assert body["parts"]["disk"] == "short"


def test_readyz_is_ok_while_one_host_has_room(client, db, checks):
    checks({"database": lambda: ""})
    HostFactory(resources=[{"name": "disk", "free": 3, "total": 100, "unit": ""}])
    HostFactory(resources=[{"name": "disk", "free": 30, "total": 100, "unit": ""}])
    assert client.get("/readyz").json()["status"] == "ok"


def test_database_whose_disk_is_full_is_down(settings, tmp_path, monkeypatch):
    settings.VAR_DIR = tmp_path
    assert health.check_disk() == ""
    monkeypatch.setattr(health, "DATABASE_LEAST_BYTES", 1 << 62)
    assert health.check_disk() == "its disk is full"


def test_readyz_names_what_is_down(client, db, checks):
    checks({"database": lambda: "", "redis": broken, "worker": lambda: "no heartbeat within 30 s"})
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["down"] == ["redis", "worker"]


def test_reasons_keep_paths_and_addresses_to_the_log(client, db, checks):
    checks({"redis": broken})
    assert "nobody" not in client.get("/readyz").content.decode()


def test_only_safe_methods(client):
    assert client.post("/readyz").status_code == 405


def test_answers_are_not_cached(client):
    assert "no-store" in client.get("/healthz").headers["Cache-Control"]


def test_a_part_that_hangs_is_down_in_bounded_time():
    began = time.monotonic()
    parts = readiness({"engine": lambda: time.sleep(1.5) or "", "redis": lambda: ""}, seconds=0.2)
    assert time.monotonic() - began < 1
    assert parts == {"engine": "no answer within 0 s", "redis": ""}


def test_health_over_plain_http_is_not_redirected_in_production(client, settings, checks):
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/healthz").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("host", ["10.0.0.7", "10.0.0.7:8000", "[fd00::7]", "pod-7.cluster.local"])
def test_probes_by_address_are_answered(client, checks, host):
    checks({"database": lambda: ""})
    for path in ("/healthz", "/readyz"):
        assert client.get(path, headers={"host": host}).status_code == 200
    assert client.get("/accounts/sign-in/", headers={"host": host}).status_code == 400
