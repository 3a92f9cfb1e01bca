"""Show bytes to a plain xterm.js, as a page would without the page, and see what became of them."""

import base64
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from tests.support.availability import unavailable
from tests.support.paths import ROOT

SCRIPT = Path(__file__).with_suffix(".mjs")


def show(*terminals: list[bytes], cols: int = 80, rows: int = 24) -> list[dict[str, Any]]:
    """Feed a fresh terminal with each list of writes; return their states."""
    node = shutil.which("node")
    if node is None:
        unavailable("node is not installed")
    orders = [
        {"cols": cols, "rows": rows, "writes": [base64.b64encode(each).decode() for each in writes]}
        for writes in terminals
    ]
    done = subprocess.run(
        [str(node), str(SCRIPT)],
        input=json.dumps(orders),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    states: list[dict[str, Any]] = json.loads(done.stdout)
    return states
