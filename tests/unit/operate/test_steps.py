"""What a command shows: each step with its time, and a sign of life once one takes long."""

import io
import re
import time

import pytest
from rich.console import Console

from operate.console import steps
from operate.console.steps import Steps


@pytest.fixture
def screen() -> io.StringIO:
    return io.StringIO()


def test_a_step_is_printed_with_its_result_and_time(screen):
    began = time.monotonic()
    with Steps(Console(file=screen, width=120)).step("redis") as step:
        step.result = "at a socket"
        time.sleep(0.1)
    elapsed = time.monotonic() - began
    line = re.fullmatch(r"✓ redis +at a socket  (\d+\.\d) s\n", screen.getvalue())
    assert line, screen.getvalue()
    assert 0.1 <= float(line[1]) <= round(elapsed, 1)


def test_a_failed_step_is_marked(screen):
    with (
        pytest.raises(ValueError, match="no"),
        Steps(Console(file=screen, width=120)).step("redis"),
    ):
        raise ValueError("no")
    assert "✗ redis" in screen.getvalue()


def test_a_long_step_shows_a_bar_on_a_terminal(screen, monkeypatch):
    monkeypatch.setattr(steps, "BAR_AFTER_SECONDS", 0.05)
    console = Console(file=screen, width=120, force_terminal=True)
    with Steps(console).step("images") as step:
        step.report(0.5, "half way")
        time.sleep(0.4)
    assert "half way" in screen.getvalue()
    assert "━" in screen.getvalue()


def test_a_long_step_says_a_line_where_there_is_no_terminal(screen, monkeypatch):
    monkeypatch.setattr(steps, "BAR_AFTER_SECONDS", 0.05)
    with Steps(Console(file=screen, width=120)).step("images") as step:
        step.report(0.5, "half way")
        time.sleep(0.2)
    assert "… images half way" in screen.getvalue()
    assert "━" not in screen.getvalue()


def test_a_short_step_shows_no_bar(screen):
    console = Console(file=screen, width=120, force_terminal=True)
    with Steps(console).step("redis"):
        pass
    assert "━" not in screen.getvalue()
