"""The workspace under fingers: what is pressed is large enough, on a phone and on a tablet."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser.workspace import Workspace
from tests.support.running_platform import RunningPlatform

pytestmark = pytest.mark.timeout(360)

LEAST_PX = 44
# What can be pressed in the workspace and is smaller than that.
SMALL = """least => [...document.querySelectorAll(
        '#terminal-pane :is(button, input), .switch button, .code__copy, .code__run, .toast button'
    )]
    .filter(element => element.checkVisibility({ visibilityProperty: true })
        && !element.closest('dialog'))
    .map(element => [element.ariaLabel || element.textContent.trim(),
        element.getBoundingClientRect()])
    .filter(([, { width, height }]) => width < least - 0.5 || height < least - 0.5)
    .map(([name, { width, height }]) => `${name}: ${width} x ${height}`)"""


@pytest.fixture(scope="module")
def session(open_workspace: Callable[[str], Workspace]) -> Any:
    """The cookies of somebody whose machine is there."""
    return open_workspace("tapper").page.context.storage_state()


@pytest.mark.parametrize(("width", "height"), [(390, 844), (820, 1180), (1180, 820)])
def test_everything_can_be_hit(
    stack: RunningPlatform,
    new_page: Callable[..., Page],
    session: Any,
    width: int,
    height: int,
) -> None:
    page = new_page(
        viewport={"width": width, "height": height},
        is_mobile=True,
        has_touch=True,
        storage_state=session,
    )
    Workspace(page, stack.base_url).open()
    assert page.evaluate(SMALL, LEAST_PX) == []
    terminal = page.get_by_role("button", name="Terminal", exact=True)
    if terminal.is_visible():
        terminal.tap()
    page.get_by_role("button", name="Search the terminal").tap()
    page.get_by_role("button", name="Keys that the browser keeps").tap()
    expect(page.locator("#kept-keys")).to_be_visible()
    assert page.evaluate(SMALL, LEAST_PX) == []


@pytest.mark.parametrize(("width", "panes"), [(799, 1), (800, 2), (820, 2)])
def test_both_halves_stand_side_by_side_from_800_pixels(
    stack: RunningPlatform, new_page: Callable[..., Page], session: Any, width: int, panes: int
) -> None:
    page = new_page(viewport={"width": width, "height": 1180}, storage_state=session)
    Workspace(page, stack.base_url).open()
    halves = [page.locator("#main"), page.locator("#terminal-pane")]
    assert sum(half.is_visible() for half in halves) == panes
    inside = "() => document.documentElement.scrollWidth <= innerWidth"
    assert page.evaluate(inside)
