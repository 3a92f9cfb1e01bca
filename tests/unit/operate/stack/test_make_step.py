"""Run a step of `make`.

It prints its time, hides what went well, shows what failed, and passes the exit code on.
"""

import subprocess
from pathlib import Path

import pytest

from operate.stack.layout import Layout
from operate.stack.stack import Stack
from tests.support.paths import PLATFORM

STEP = PLATFORM / "operate/console/step.sh"


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([STEP, "a step", *command], capture_output=True, text=True, check=False)


def test_what_went_well_is_one_line_with_its_time():
    done = run("echo", "chatter")
    assert done.returncode == 0
    assert done.stdout.startswith("✓ a step ")
    assert done.stdout.endswith(" s\n")
    assert "chatter" not in done.stdout + done.stderr


def test_what_failed_is_shown():
    done = run("sh", "-c", "echo why; exit 3")
    assert (done.returncode, done.stderr) == (3, "why\n")
    assert done.stdout.startswith("✗ a step ")


@pytest.mark.parametrize(
    ("bind", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),
        ("10.1.2.3", "http://10.1.2.3:8000"),
        ("::", "http://[::1]:8000"),
        ("::1", "http://[::1]:8000"),
    ],
)
def test_the_address_that_is_printed_can_be_opened(bind, url):
    assert Stack(layout=Layout(Path("/var/dd")), engine=None, bind=bind).base_url == url
