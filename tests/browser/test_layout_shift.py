"""Nothing jumps while a page loads: the sum of layout shifts that nobody asked for (web.dev/cls),
terminal included."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.support.browser.people import Person
from tests.support.browser.workspace import COURSE, LESSON, Workspace, sign_in
from tests.support.running_platform import RunningPlatform

pytestmark = pytest.mark.timeout(180)

MAX = 0.02
SCREENS: dict[str, dict[str, Any]] = {
    "desk": {"viewport": {"width": 1440, "height": 900}},
    "phone": {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True},
}
# Buffered entries reach back to the page's beginning. What moved is named, so that a failure says
# where to look.
SHIFTS = """() => new Promise(done => {
    const seen = [];
    const note = list => seen.push(...list.getEntries());
    const observer = new PerformanceObserver(note);
    observer.observe({ type: "layout-shift", buffered: true });
    setTimeout(() => {
        seen.push(...observer.takeRecords());
        done(seen.filter(shift => !shift.hadRecentInput).map(shift => ({
            value: shift.value,
            moved: shift.sources.map(
                ({ node }) => node?.id || node?.className || node?.nodeName || "?"),
        })));
    }, 500);
})"""


def assert_steady(page: Page) -> None:
    """No more than MAX since the page was opened."""
    shifts = page.evaluate(SHIFTS)
    assert sum(shift["value"] for shift in shifts) < MAX, shifts


@pytest.fixture(params=SCREENS)
def page(
    request: pytest.FixtureRequest,
    new_page: Callable[..., Page],
    stack: RunningPlatform,
    people: dict[str, Person],
) -> Page:
    sized_page = new_page(**SCREENS[request.param])
    sign_in(sized_page, stack.base_url, *people["reader"])
    return sized_page


def test_catalogue(stack: RunningPlatform, page: Page) -> None:
    page.goto(stack.base_url)
    page.wait_for_load_state("networkidle")
    assert_steady(page)


def test_course(stack: RunningPlatform, page: Page) -> None:
    page.goto(stack.base_url + COURSE)
    page.wait_for_load_state("networkidle")
    assert_steady(page)


def test_lesson_until_its_terminal_is_there(stack: RunningPlatform, page: Page) -> None:
    Workspace(page, stack.base_url).open()
    assert_steady(page)


def test_lesson_with_results(stack: RunningPlatform, page: Page) -> None:
    """Results of an earlier visit are drawn by script: they must find their place, or be out of
    sight."""
    lesson = Workspace(page, stack.base_url).open()
    lesson.check("who-is")
    page.goto(stack.base_url + LESSON)
    lesson.wait_live()
    assert_steady(page)


def test_a_shift_is_seen(stack: RunningPlatform, page: Page) -> None:
    """The measure itself: a page whose heading is pushed down half a screen is not steady."""
    page.goto(stack.base_url)
    page.wait_for_timeout(600)  # so that no recent input excuses it
    page.evaluate("document.querySelector('h1').style.marginTop = '50vh'")
    with pytest.raises(AssertionError):
        assert_steady(page)
