"""Many processes claim few machines at once, on a database that is a file or a server
(DATABASE_URL): nobody shares, nobody is refused wrongly."""

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from tests.support.engine.claim_race import POOLED
from tests.support.paths import ROOT

SCRIPT = ROOT / "tests/support/engine/claim_race.py"
PROCESSES, EACH = 4, 3


@pytest.fixture
def database_url(tmp_path: Path) -> Iterator[str]:
    """A database of this test's own."""
    if connection.vendor != "postgresql":
        yield f"sqlite:///{tmp_path}/drydock.sqlite3"
        return
    server, _, _name = os.environ["DATABASE_URL"].rpartition("/")
    name = f"race_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")  # type: ignore[call-overload]  # a name can't be a parameter
        yield f"{server}/{name}"
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")  # type: ignore[call-overload]  # as above


def test_no_machine_is_claimed_twice(tmp_path: Path, database_url: str) -> None:
    environment = {**os.environ, "DRYDOCK_VAR": str(tmp_path), "DATABASE_URL": database_url}

    def run(*argv: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, SCRIPT, *argv], env=environment, stdout=subprocess.PIPE
        )

    assert run("setup").wait(60) == 0
    racers = [run("claim", f"[{number * EACH}, {EACH}]") for number in range(PROCESSES)]
    (tmp_path / "go").touch()
    assert [racer.wait(60) for racer in racers] == [0] * PROCESSES
    counts = json.loads(run("count").communicate(timeout=60)[0])
    assert counts["states"] == {"ready": POOLED, "requested": PROCESSES * EACH - POOLED}
    assert counts["owners"] == POOLED
