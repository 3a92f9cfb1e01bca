"""What a lesson costs on the way to the browser: little JavaScript, the terminal after the text, nothing twice."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page

from tests.browser.conftest import Person
from tests.browser.workspace import Workspace, sign_in
from tests.running import RunningPlatform

JAVASCRIPT_MAX = 350 * 1024  # bytes as they come over the wire, compressed
# Of what the page has loaded: name, start in milliseconds, bytes of the wire (0: from the browser's cache).
LOADED = """() => performance.getEntriesByType("resource")
    .filter(({ name }) => /\\.m?js(\\?|$)/.test(name))
    .map(({ name, startTime, transferSize }) => [name, startTime, transferSize])"""
TEXT_IS_THERE = "() => performance.getEntriesByType('navigation')[0].domInteractive"
BLOCKING = """() => performance.getEntriesByType("resource")
    .filter(({ name, renderBlockingStatus }) => /\\.js$/.test(name) && renderBlockingStatus === "blocking")
    .map(({ name }) => name.split("/").at(-1).split(".")[0])"""


def scripts(page: Page) -> dict[str, tuple[float, int]]:
    """Start and bytes of each script, by address."""
    found: list[Any] = page.evaluate(LOADED)
    return {name: (start, size) for name, start, size in found}


def test_a_lesson_with_its_terminal(
    stack: RunningPlatform, new_page: Callable[..., Page], people: dict[str, Person]
) -> None:
    page = new_page()
    sign_in(page, stack.base_url, *people["reader"])
    browser = page.context.new_cdp_session(page)
    browser.send("Network.enable")
    browser.send("Network.setCacheDisabled", {"cacheDisabled": True})  # what the pages before have loaded counts, too
    lesson = Workspace(page, stack.base_url).open()
    loaded = scripts(page)
    sizes = {name: size for name, (_, size) in loaded.items()}
    assert all(sizes.values()), f"not from the network: {sizes}"
    assert 0 < sum(sizes.values()) <= JAVASCRIPT_MAX, sizes
    terminal = [start for name, (start, _) in loaded.items() if "/xterm/" in name]
    assert terminal
    assert min(terminal) > page.evaluate(TEXT_IS_THERE), loaded
    assert page.evaluate(BLOCKING) == ["prefs"], "theme and sizes come before the first paint, all else after it"
    browser.send("Network.setCacheDisabled", {"cacheDisabled": False})
    lesson.open()  # which fills the cache
    lesson.open()
    assert [name for name, (_, size) in scripts(page).items() if size and "/static/" in name] == []
