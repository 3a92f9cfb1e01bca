"""Several terminals of one machine: opened, renamed, split, found again after a reload, closed."""

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.support.browser.workspace import Workspace

pytestmark = pytest.mark.timeout(240)
STUDENT = "juggler"

TITLE = "<b>logs</b>"


def tabs(lesson: Workspace) -> Locator:
    return lesson.page.get_by_role("tab")


def other(lesson: Workspace) -> Locator:
    """The terminal that is not the machine's first."""
    return lesson.page.locator("[data-terminal^='box:']")


def wait_line(lesson: Workspace, terminal: str, line: str) -> None:
    lesson.page.wait_for_function(
        "([terminal, line]) => drydock.text(terminal).split('\\n').includes(line)",
        arg=[terminal, line],
    )


def choose(lesson: Workspace, action: str) -> None:
    """Press a button of the terminal's menu."""
    lesson.page.get_by_role("button", name="This terminal", exact=True).click()
    lesson.page.get_by_role("group", name="This terminal").get_by_role(
        "button", name=re.compile(action)
    ).click()


def test_two_terminals_of_one_machine(lesson: Workspace) -> None:
    page = lesson.page
    lesson.do("cd /etc")
    page.get_by_role("button", name="Open another terminal in box").click()
    expect(tabs(lesson)).to_have_text(["box", "box 2"])
    expect(other(lesson)).to_have_attribute("data-state", "live")
    expect(lesson.machine).to_be_hidden()
    second = other(lesson).get_attribute("data-terminal") or ""

    # Typed at once, it goes to the new one, which has a shell of its own.
    expect(other(lesson).locator(".xterm-helper-textarea")).to_be_focused()
    page.wait_for_function("id => /# ?$/.test(drydock.text(id))", arg=second)
    lesson.enter("pwd; echo 's'econd $$")
    wait_line(lesson, second, "/root")
    assert "second" not in lesson.text

    # Renamed by the keyboard, with a name that is text whatever it is.
    tabs(lesson).nth(1).focus()
    lesson.press("F2")
    page.get_by_role("textbox", name="Rename the terminal").fill(TITLE)
    lesson.press("Enter")
    expect(tabs(lesson)).to_have_text(["box", TITLE])

    # Both at once, each with a size of its own that its program knows.
    choose(lesson, "beside each other")
    expect(lesson.machine).to_be_visible()
    expect(other(lesson)).to_be_visible()
    lesson.focus()
    expect(tabs(lesson).nth(0)).to_have_attribute("aria-selected", "true")
    lesson.wait_size_told()
    assert lesson.run("pwd") == "/etc"

    # After a reload the layout, the names and the shells are there.
    page.reload()
    lesson.wait_live()
    expect(tabs(lesson)).to_have_text(["box", TITLE])
    expect(other(lesson)).to_have_attribute("data-state", "live")
    page.wait_for_function("id => drydock.text(id).includes('second')", arg=second)
    other(lesson).locator(".xterm-helper-textarea").focus()
    lesson.enter("echo 'a'gain")
    wait_line(lesson, second, "again")

    # Closed while something runs, it says what happens; then its shell ends.
    lesson.enter("bash -c 'sleep 300'")
    page.wait_for_function("id => drydock.terminals.get(id).hasProgram", arg=second)
    choose(lesson, "Close")
    dialog = page.get_by_role("dialog", name="Close the terminal?")
    expect(dialog).to_contain_text(f"A program still runs in {TITLE}. It is stopped")
    dialog.get_by_role("button", name="Close").click()
    expect(tabs(lesson)).to_have_text(["box"])
    lesson.focus()
    assert lesson.run("pgrep -c bash; pgrep -c sleep") == "1\n0"


def test_a_panel_opens_a_terminal_with_a_command(lesson: Workspace) -> None:
    page = lesson.page
    ask = "request => drydock.openTerminal(request)"
    request = {"machine": "box", "title": "top\x1b[2J of\nall", "command": "tail -f /etc/hostname"}
    page.evaluate(ask, request)
    expect(tabs(lesson)).to_have_text(["box", "top [2J of all"])
    opened = other(lesson).get_attribute("data-terminal") or ""
    page.wait_for_function("id => drydock.terminals.get(id)?.hasProgram", arg=opened)
    # Asked for again, it is shown as it is.
    tabs(lesson).first.click()
    page.evaluate(ask, request)
    expect(tabs(lesson)).to_have_count(2)
    expect(other(lesson)).to_be_visible()
    choose(lesson, "Close")
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    expect(tabs(lesson)).to_have_count(1)
