"""A terminal is opened when its typeface is there, for xterm.js measures a letter once."""

import pytest
from playwright.sync_api import Page, Route

from tests.support.browser.people import Person
from tests.support.browser.workspace import Workspace, sign_in
from tests.support.running_platform import RunningPlatform

pytestmark = pytest.mark.timeout(120)

FACE = "**/jetbrains-mono-latin-wght-normal*.woff2"
# Whether the face is there is asked when xterm.js adds its element, and asked once.
WATCH = """() => new MutationObserver((_changes, observer) => {
    if (!document.querySelector(".xterm")) return;
    observer.disconnect();
    window.faceWasThere = document.fonts.check('14px "JetBrains Mono"');
}).observe(document, { childList: true, subtree: true })"""


def test_a_terminal_waits_for_a_slow_face(
    stack: RunningPlatform, page: Page, newcomer: Person
) -> None:
    def answer_late(route: Route) -> None:
        page.wait_for_timeout(700)
        route.continue_()

    sign_in(page, stack.base_url, *newcomer)
    page.route(FACE, answer_late)
    page.add_init_script(f"({WATCH})()")
    lesson = Workspace(page, stack.base_url).open()
    assert page.evaluate("window.faceWasThere")
    assert "JetBrains Mono" in lesson.terminal("terminal.options.fontFamily")


def test_a_face_that_cannot_be_had_keeps_no_terminal_away(
    stack: RunningPlatform, page: Page, newcomer: Person
) -> None:
    sign_in(page, stack.base_url, *newcomer)
    page.route(FACE, lambda route: route.abort())
    lesson = Workspace(page, stack.base_url).open()
    lesson.focus()
    assert lesson.run("echo $((6 * 7))") == "42"
