"""Scenes of the terminal under hands: ways out of it, notices, what is not sent."""

from playwright.sync_api import Page, expect

from tests.support.browser.lesson_scenes import HEAR, lesson, live, show_terminal
from tests.support.browser.scene import Cast
from tests.support.browser.workspace import Workspace

SOON = "() => ({ parks_at: new Date(Date.now() + 50_000).toISOString() })"


def typing(page: Page, cast: Cast) -> None:
    """The keyboard is in the terminal, which tells the way out."""
    workspace = live(page, cast)
    show_terminal(page)
    workspace.focus()
    page.wait_for_timeout(400)


def kept_keys(page: Page, cast: Cast) -> None:
    live(page, cast)
    show_terminal(page)
    page.get_by_role("button", name="Keys that the browser keeps").click()
    expect(page.locator("#kept-keys")).to_be_visible()


def parking(page: Page, cast: Cast) -> None:
    """A minute before the machine goes to sleep."""
    live(page, cast)
    show_terminal(page)
    page.evaluate(HEAR, page.evaluate(SOON))
    expect(page.get_by_role("button", name="Keep it running")).to_be_visible()


def not_sent(page: Page, cast: Cast) -> None:
    """*Run* after the machine has been given back."""
    live(page, cast)
    page.evaluate(HEAR, {"state": "gone", "machines": []})
    Workspace(page, cast.platform.base_url).page.locator(".code__run").first.click()
    expect(page.locator("#toasts")).to_contain_text("Nothing was sent")


def several(page: Page, cast: Cast) -> None:
    """Two terminals at once, and the menu of one of them."""
    live(page, cast)
    show_terminal(page)
    page.get_by_role("button", name="Open another terminal in box").click()
    expect(page.locator("[data-terminal^='box:']")).to_have_attribute("data-state", "live")
    menu = page.get_by_role("button", name="This terminal", exact=True)
    menu.click()
    below = page.get_by_role("button", name="Two below each other")
    if below.is_visible():  # a phone has room for one
        below.click()
        menu.click()
    expect(page.get_by_role("button", name="Rename")).to_be_visible()
    page.wait_for_timeout(400)


def text_alone(page: Page, cast: Cast) -> None:
    live(page, cast)
    page.locator("#main").focus()
    page.keyboard.press("f")


TERMINAL_SCENES = (
    lesson("several-terminals", several),
    lesson("text-alone", text_alone),
    lesson("typing", typing),
    lesson("kept-keys", kept_keys),
    lesson("parking", parking),
    lesson("not-sent", not_sent),
)
