"""The examples of docs/api.md: one for every operation of the API's description, and run as they
stand there, in that order, against the whole platform."""

import os
import re
import subprocess
import sys

import pytest

from api import errors as api_errors
from api.routes import api
from tests.support.paths import ROOT
from tests.support.running_platform import RunningPlatform

DOCUMENT = ROOT / "docs" / "api.md"
# In an example: `api -X POST $DRYDOCK/api/sandboxes/$SANDBOX/reset`.
_CALL = re.compile(r"(?:-X (\w+) )?\$DRYDOCK(/api/[\w/$-]+)")
_BLOCK = re.compile(r"^```(bash|python)\n(.*?)^```", re.DOTALL | re.MULTILINE)


def examples():
    return _BLOCK.findall(DOCUMENT.read_text())


def called():
    """The calls of all examples, as (method, path)."""
    return {
        (method or "GET", path)
        for _language, text in examples()
        for method, path in _CALL.findall(text)
    }


def described():
    """The operations, as (method, what its paths match)."""
    for path, methods in api.get_openapi_schema()["paths"].items():
        for method in methods:
            yield method.upper(), re.sub(r"\{\w+\}", "[^/]+", path)


def test_every_operation_has_an_example():
    lacking = [
        operation
        for operation in described()
        if not any(operation[0] == m and re.fullmatch(operation[1], p) for m, p in called())
    ]
    assert lacking == []


def test_every_example_is_of_an_operation():
    strange = [
        operation
        for operation in called()
        if not any(operation[0] == m and re.fullmatch(p, operation[1]) for m, p in described())
    ]
    assert strange == []


def test_every_code_is_explained():
    """In the table of errors."""
    kinds = [
        kind
        for kind in vars(api_errors).values()
        if isinstance(kind, type) and hasattr(kind, "code")
    ]
    known = {kind.code for kind in kinds if isinstance(kind.code, str)} | {
        answer.code for answer in api_errors.BY_STATUS.values()
    }
    explained = set(
        re.findall(
            r"`([a-z-]+)`", DOCUMENT.read_text().partition("| status |")[2].partition("##")[0]
        )
    )
    assert len(known) > 10
    assert known - explained == set()


def as_script():
    """One bash script of all examples; a Python one sees the variables that were set before it."""
    parts = ["set -euo pipefail"]
    for number, (language, text) in enumerate(examples()):
        parts.append(f"printf '\\n== {number}\\n'")
        if language == "bash":
            parts.append(text)
        else:
            parts.append(
                f"export SANDBOX\n{sys.executable} - <<'END_OF_EXAMPLE'\n{text}END_OF_EXAMPLE"
            )
    return "\n".join(parts)


@pytest.fixture
def printed(stack: RunningPlatform):
    """What each example printed."""
    token = stack.manage("create_token", "student").strip().splitlines()[-1]
    environment = {**os.environ, "DRYDOCK": stack.base_url, "TOKEN": token}
    done = subprocess.run(
        ["bash", "-c", as_script()],
        env=environment,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
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
