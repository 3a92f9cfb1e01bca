"""The examples of docs/api.md, run as they stand there and in that order, against the whole platform."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.running import RunningPlatform

DOCUMENT = Path(__file__).parents[2] / "docs" / "api.md"
_BLOCK = re.compile(r"^```(bash|python)\n(.*?)^```", re.DOTALL | re.MULTILINE)


def examples():
    return _BLOCK.findall(DOCUMENT.read_text())


def as_script():
    """One bash script of all examples; a Python one sees the variables that were set before it."""
    parts = ["set -euo pipefail"]
    for number, (language, text) in enumerate(examples()):
        parts.append(f"printf '\\n== {number}\\n'")
        if language == "bash":
            parts.append(text)
        else:
            parts.append(f"export SANDBOX\n{sys.executable} - <<'END_OF_EXAMPLE'\n{text}END_OF_EXAMPLE")
    return "\n".join(parts)


@pytest.fixture
def printed(stack: RunningPlatform):
    """What each example printed."""
    token = stack.manage("create_token", "student").strip().splitlines()[-1]
    environment = {**os.environ, "DRYDOCK": stack.base_url, "TOKEN": token}
    done = subprocess.run(
        ["bash", "-c", as_script()], env=environment, capture_output=True, text=True, timeout=110, check=False
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return re.split(r"^== \d+\n", done.stdout, flags=re.MULTILINE)[1:]


@pytest.mark.timeout(300)
def test_the_examples_work(printed):
    assert len(printed) == len(examples())
    together = "\n".join(printed)
    assert "your-first-container" in printed[0]
    assert '"not-found"' in printed[2]
    assert '"terminal": "/ws/terminals/' in printed[4]
    assert "the machine says 42" in together
    assert '"state": "graded"' in together
    assert printed[-2].strip() == "ending"
    assert printed[-1].strip() == "key-reused"
