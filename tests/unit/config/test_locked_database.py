"""While the database takes no writes, people are told to try again, and readiness says so."""

import sqlite3
from collections.abc import Iterator

import pytest
from django.db import InterfaceError, OperationalError, connection
from django.test import Client

from accounts.tokens import create_token
from operate.checks.health import check_database
from tests.support.factories import UserFactory


@pytest.fixture
def locked(
    database_on_disk: None, client: Client, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Hold the lock for writing, as a long transaction would; requests give up soon."""
    if connection.vendor != "sqlite":
        pytest.skip("the lock is SQLite's")
    other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    client.force_login(UserFactory(username="ada"))
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "timeout", 0.1)
    connection.close()
    other.execute("BEGIN IMMEDIATE")
    yield
    other.close()


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


def test_a_page_that_writes_says_that_nothing_was_saved(locked, client):
    answer = client.post("/accounts/profile/", {"first_name": "Ada", "last_name": "L"})
    assert (answer.status_code, answer.get("Retry-After")) == (503, "5")
    text = answer.content.decode()
    assert "nothing of what you sent was saved" in text
    assert 'class="topbar"' in text


def test_a_page_that_reads_is_shown(locked, client):
    assert client.get("/accounts/profile/").status_code == 200


def test_the_api_answers_unavailable(database_on_disk, client, monkeypatch):
    _token, secret = create_token(UserFactory(username="grace"), "t")

    def fail(_user: object) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr("api.payloads.progress_payload", fail)
    answer = client.get("/api/progress", headers={"Authorization": f"Bearer {secret}"})
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert answer.json()["error"]["code"] == "unavailable"


@pytest.mark.parametrize("error", [OperationalError("disk is full"), InterfaceError("closed")])
def test_a_database_that_is_full_or_away_is_the_same(db, client, monkeypatch, error):
    def fail(*_args: object) -> None:
        raise error

    monkeypatch.setattr("learn.views.render", fail)
    assert client.get("/").status_code == 503


@pytest.mark.parametrize(
    "error", [RuntimeError("a bug"), OperationalError("no such column: lesson.removed")]
)
def test_another_error_is_still_ours(db, client, monkeypatch, error):
    def fail(*_args: object) -> None:
        raise error

    monkeypatch.setattr("learn.views.render", fail)
    assert client.get("/").status_code == 500


def test_readiness_says_that_it_is_locked(locked):
    assert check_database() == "locked: nothing could be written for 2 s"


def test_readiness_is_well_when_it_is_not(database_on_disk):
    assert check_database() == ""
