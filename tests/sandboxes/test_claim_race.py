"""Many processes claim few machines at once, on a real database file: nobody shares, nobody is refused wrongly."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

from tests.sandboxes.claim_race import WARM

SCRIPT = Path(__file__).with_name("claim_race.py")
PROCESSES, EACH = 4, 3


def run(var: Path, *words: str) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "DRYDOCK_VAR": str(var)}
    environment.pop("DATABASE_URL", None)
    return subprocess.Popen([sys.executable, SCRIPT, *words], env=environment)


def test_no_machine_is_claimed_twice(tmp_path: Path) -> None:
    assert run(tmp_path, "setup").wait(60) == 0
    racers = [run(tmp_path, "claim", f"[{number * EACH}, {EACH}]") for number in range(PROCESSES)]
    (tmp_path / "go").touch()
    assert [racer.wait(60) for racer in racers] == [0] * PROCESSES
    with sqlite3.connect(tmp_path / "drydock.sqlite3") as database:
        states = dict(database.execute("select state, count(*) from sandboxes_sandbox group by state"))
        owners = database.execute("select count(distinct sandbox_id) from sandboxes_machine where state = 'claimed'")
        assert states == {"ready": WARM, "requested": PROCESSES * EACH - WARM}
        assert owners.fetchone() == (WARM,)
