"""A terminal whose connection breaks says so, and comes back by itself on the same page, with the
same screen."""

import re
import signal
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.support.browser.workspace import Workspace
from tests.support.running_platform import RunningPlatform

pytestmark = pytest.mark.timeout(180)
STUDENT = "sleeper"

AWAY = re.compile("reconnecting|offline")


@pytest.fixture
def lesson(desk: Workspace) -> Iterator[Workspace]:
    desk.clear()
    desk.mark()
    yield desk
    desk.assert_never_reloaded()


def test_the_web_process_is_killed(stack: RunningPlatform, lesson: Workspace) -> None:
    lesson.enter("cd /etc; vim -u NONE -n /etc/debian_version")
    lesson.wait_text("1 line, 6 bytes")
    lesson.type("ia line that is not written")
    lesson.wait_text("a line that is not written")
    before = lesson.text
    stack.stack.kill("web", signal.SIGKILL)
    expect(lesson.machine).to_have_attribute("data-state", AWAY)
    expect(lesson.banner).to_be_visible()
    expect(lesson.banner).to_contain_text("Your shell keeps running")
    expect(lesson.machine).to_have_attribute("data-state", "live")
    expect(lesson.banner).to_be_hidden()
    assert lesson.text == before
    lesson.type(", yet")
    lesson.wait_text("a line that is not written, yet")
    lesson.press("Escape")
    lesson.enter(":q!")
    lesson.wait_prompt()
    assert lesson.run("pwd") == "/etc"


def test_output_goes_on_while_the_web_process_is_away(
    stack: RunningPlatform, lesson: Workspace
) -> None:
    """What was printed meanwhile arrives exactly once, in order."""
    lesson.enter("clear; for i in $(seq 1 120); do echo tick $i; sleep 0.05; done; echo 't'ock")
    lesson.wait_line("tick 5")
    stack.stack.kill("web", signal.SIGKILL)
    expect(lesson.machine).to_have_attribute("data-state", AWAY)
    lesson.wait_line("tock")
    ticks = [line for line in lesson.text.split("\n") if line.startswith("tick ")]
    assert ticks == [f"tick {number}" for number in range(1, 121)]


def test_the_network_goes_and_comes(stack: RunningPlatform, lesson: Workspace) -> None:
    """Chromium lets open websockets be when it plays offline, so the one there is has to be broken
    besides."""
    lesson.enter("clear; echo 'b'efore the tunnel")
    lesson.wait_line("before the tunnel")
    lesson.page.context.set_offline(True)
    stack.stack.kill("web", signal.SIGKILL)
    expect(lesson.banner).to_contain_text("You are offline")
    expect(lesson.machine).to_have_attribute("data-state", "offline")
    lesson.page.context.set_offline(False)
    expect(lesson.machine).to_have_attribute("data-state", "live")
    lesson.wait_line("before the tunnel")
    assert lesson.run("echo after it") == "after it"
