"""Theme, sizes, layout and shortcuts: what is chosen holds at once, and is there again on the next
page."""

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser.people import Person
from tests.support.browser.workspace import Workspace, sign_in
from tests.support.running_platform import RunningPlatform
from tests.support.waiting import wait_for

pytestmark = pytest.mark.timeout(180)

PAPER = "() => getComputedStyle(document.body).backgroundColor"
LIGHT, DARK = "rgb(247, 246, 242)", "rgb(15, 22, 28)"


@pytest.fixture
def lesson(stack: RunningPlatform, page: Page, newcomer: Person) -> Workspace:
    """In a browser in which nothing was chosen yet."""
    sign_in(page, stack.base_url, *newcomer)
    return Workspace(page, stack.base_url).open()


def test_a_theme_holds_on_every_page(stack: RunningPlatform, page: Page) -> None:
    page.goto(stack.base_url)
    assert page.evaluate(PAPER) == LIGHT
    page.get_by_role("button", name="Appearance").click()
    page.get_by_text("Dark", exact=True).click()
    assert page.evaluate(PAPER) == DARK
    page.goto(f"{stack.base_url}/accounts/sign-in/")
    assert page.evaluate(PAPER) == DARK
    page.goto(stack.base_url)
    page.get_by_role("button", name="Appearance").click()
    page.get_by_text("System", exact=True).click()
    assert page.evaluate(PAPER) == LIGHT
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(PAPER) == DARK


def test_the_theme_is_there_before_the_first_paint(stack: RunningPlatform, page: Page) -> None:
    page.goto(stack.base_url)
    page.evaluate("() => localStorage.setItem('drydock.theme', 'dark')")
    page.route("**/page*.js", lambda route: route.abort())
    page.goto(stack.base_url)
    assert page.evaluate(PAPER) == DARK


def test_the_terminal_follows(lesson: Workspace) -> None:
    before = lesson.terminal("terminal.options.theme.background")
    lesson.page.get_by_role("button", name="Appearance").click()
    lesson.page.get_by_text("Dark", exact=True).click()
    assert lesson.terminal("terminal.options.theme.background") != before
    size = lesson.terminal("terminal.options.fontSize")
    lesson.page.get_by_role("group", name="Terminal text").get_by_role(
        "button", name="Larger"
    ).click()
    wait_for(
        lambda: lesson.terminal("terminal.options.fontSize") == size + 1, "larger terminal text"
    )
    lesson.page.keyboard.press("Escape")
    lesson.open()
    assert lesson.terminal("terminal.options.fontSize") == size + 1
    assert lesson.page.evaluate(PAPER) == DARK


def test_single_keys(lesson: Workspace) -> None:
    page = lesson.page
    page.locator("#main").focus()
    zoom = "() => document.documentElement.style.getPropertyValue('--text-zoom')"
    page.keyboard.press("+")
    assert page.evaluate(zoom) == "1.1"
    page.keyboard.press("-")
    assert page.evaluate(zoom) == "1"
    page.keyboard.press("j")
    expect(page.locator(".exercise button[data-check]:focus")).to_have_count(1)
    page.keyboard.press("t")
    expect(lesson.machine.locator(".xterm-helper-textarea")).to_be_focused()


def test_the_terminal_keeps_its_keys(lesson: Workspace) -> None:
    lesson.focus()
    assert lesson.run("echo '?jn'") == "?jn"
    expect(lesson.page.locator("#dialog-shortcuts")).to_be_hidden()


def test_single_keys_can_be_switched_off(lesson: Workspace) -> None:
    page = lesson.page
    page.locator("#main").focus()
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    dialog.get_by_label("Use these single keys").uncheck()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.locator("#main").focus()
    page.keyboard.press("?")
    expect(dialog).to_be_hidden()


def test_the_place_of_the_splitter_is_remembered(lesson: Workspace) -> None:
    lesson.page.locator("#splitter").focus()
    lesson.page.keyboard.press("Shift+ArrowLeft")
    lesson.open()
    expect(lesson.page.locator("#splitter")).to_have_attribute("aria-valuenow", "40")


def test_offline_is_said(lesson: Workspace) -> None:
    lesson.page.context.set_offline(True)
    expect(lesson.page.locator("#offline")).to_be_visible()
    lesson.page.context.set_offline(False)
    expect(lesson.page.locator("#offline")).to_be_hidden()
