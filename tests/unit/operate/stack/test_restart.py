"""What `manage.py restart` does, in which order, and to what it keeps its hands off."""

from collections.abc import Callable
from typing import Any

import pytest

from core.maintenance import current_message, switch_on
from operate.console.steps import Steps
from operate.errors import OperateError
from operate.stack.programs import PLATFORM
from operate.stack.restart import restart


class Platform:
    """A stack and its supervisor that note what is done to them, and what pages say then."""

    def __init__(self, *, runs: bool = True) -> None:
        self.supervisor = self.layout = self
        self.var, self.runs = "var", runs
        self.done: list[tuple[str, Any, bool]] = []

    def note(self, what: str, which: Any = None) -> None:
        self.done.append((what, which, current_message() is not None))

    def answers(self) -> bool:
        return self.runs

    def stop_together(self, *names: str) -> None:
        self.note("stop", names)

    def start(self, *names: str) -> None:
        self.note("start", names)

    def wait_ready(self, _seconds: float) -> None:
        self.note("ready")


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Any
) -> Callable[[Platform], list[Any]]:
    settings.VAR_DIR = tmp_path

    def run(platform: Platform) -> list[Any]:
        monkeypatch.setattr(
            "operate.stack.restart.call_command", lambda name, **_: platform.note(name)
        )
        stack: Any = platform
        restart(stack, Steps())
        return platform.done

    return run


def test_pages_are_closed_while_tables_change_and_programs_are_away(run):
    assert run(Platform()) == [
        ("migrate", None, True),
        ("collectstatic", None, True),
        ("stop", PLATFORM, True),
        ("start", PLATFORM, True),
        ("ready", None, False),
        ("load_lessons", None, False),
    ]
    assert not {"redis", "dockerd", "containerd"} & set(PLATFORM)


def test_pages_that_an_operator_has_closed_stay_so(run):
    platform = Platform()
    run(platform)
    switch_on("Back at noon.")
    run(platform)
    assert current_message() == "Back at noon."


def test_without_a_platform_that_runs_it_says_what_to_do(run):
    with pytest.raises(OperateError, match=r"manage\.py up"):
        run(Platform(runs=False))
    assert current_message() is None
