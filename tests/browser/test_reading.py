"""Read a lesson: its contents, and the place that is kept."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser.people import Person
from tests.support.browser.workspace import COURSE, LESSON, sign_in
from tests.support.running_platform import RunningPlatform
from tests.support.waiting import wait_for

pytestmark = pytest.mark.timeout(180)

DESK = {"width": 1440, "height": 900}
PHONE, TURNED = {"width": 390, "height": 844}, {"width": 844, "height": 390}
# The block of text at the top of the screen.
TOP_BLOCK = """() => {
    const main = document.querySelector("#main");
    const top = main.getBoundingClientRect().top + 60;
    return [...main.querySelectorAll(".prose > *")]
        .find(block => block.getBoundingClientRect().bottom > top).textContent.slice(0, 60);
}"""
# Blocks of code of which a line stands below their buttons, and commands that aren't seen whole.
COVERED = """() => [...document.querySelectorAll("#main .code")].filter(block => {
    const pre = block.querySelector("pre"), bar = block.querySelector(".code__bar");
    if (!bar || !pre.getBoundingClientRect().height) return false;
    const beside = bar.getBoundingClientRect().top < pre.getBoundingClientRect().bottom - 1;
    return (beside || block.dataset.run !== undefined) && pre.scrollWidth > pre.clientWidth;
}).map(block => block.textContent.trim().slice(0, 60))"""


def wait_wired(page: Page) -> None:
    """Wait until the page's scripts have run."""
    wait_for(lambda: page.evaluate("Boolean(window.drydock)"), "the page's scripts")


@pytest.fixture
def lesson(
    new_page: Callable[..., Page], stack: RunningPlatform, people: dict[str, Person]
) -> Callable[[dict[str, int]], Page]:
    """Makes pages of a size on which the reader has the lesson open."""

    def make(viewport: dict[str, int]) -> Page:
        page = new_page(viewport=viewport)
        sign_in(page, stack.base_url, *people["reader"])
        page.goto(stack.base_url + LESSON)
        wait_wired(page)
        return page

    return make


def read_on(page: Page) -> str:
    """Scroll to the lesson's second part; return the text at the top of the screen."""
    page.locator("#main .prose h2").nth(1).evaluate("heading => heading.scrollIntoView()")
    page.mouse.move(200, 400)
    page.mouse.wheel(0, 150)
    page.wait_for_timeout(600)
    return str(page.evaluate(TOP_BLOCK))


def test_place_is_kept_over_a_reload_and_a_visit_elsewhere(lesson: Callable[..., Page]) -> None:
    page = lesson(DESK)
    place = read_on(page)
    page.reload()
    wait_wired(page)
    assert page.evaluate(TOP_BLOCK) == place
    url = page.url
    page.goto(url.split("/courses/")[0])
    page.goto(url)
    wait_wired(page)
    assert page.evaluate(TOP_BLOCK) == place
    page.go_back()
    page.go_forward()
    wait_wired(page)
    assert page.evaluate(TOP_BLOCK) == place


def test_place_is_kept_when_a_phone_is_turned_or_shows_the_terminal(
    lesson: Callable[..., Page],
) -> None:
    page = lesson(PHONE)
    place = read_on(page)
    page.set_viewport_size(TURNED)
    page.wait_for_timeout(300)
    assert page.evaluate(TOP_BLOCK) == place
    page.set_viewport_size(PHONE)
    page.wait_for_timeout(300)
    assert page.evaluate(TOP_BLOCK) == place
    page.get_by_role("button", name="Terminal", exact=True).click()
    page.get_by_role("button", name="Lesson", exact=True).click()
    page.wait_for_timeout(300)
    assert page.evaluate(TOP_BLOCK) == place


def test_fragment_in_the_address_wins_over_the_place(lesson: Callable[..., Page]) -> None:
    page = lesson(DESK)
    read_on(page)
    heading = page.locator("#main .prose h2").last
    url = f"{page.url}#{heading.get_attribute('id')}"
    page.goto("about:blank")
    page.goto(url)
    wait_wired(page)
    expect(heading).to_be_in_viewport()
    place = read_on(page)
    page.reload()
    wait_wired(page)
    assert page.evaluate(TOP_BLOCK) == place


@pytest.mark.parametrize("viewport", [DESK, PHONE])
def test_contents_lead_to_every_part_and_say_where_one_is(
    lesson: Callable[..., Page], viewport: dict[str, int]
) -> None:
    page = lesson(viewport)
    contents = page.get_by_role("navigation", name="Contents of this lesson")
    summary = contents.locator("summary")
    titles = page.locator("#main .prose > h2, #main .exercise__title")
    summary.click()
    links = contents.get_by_role("link")
    assert links.count() == titles.count() > 3
    links.nth(2).click()
    expect(contents.locator("details")).not_to_have_attribute("open", "")
    expect(titles.nth(2)).to_be_in_viewport()
    expect(contents.locator("[data-contents-here]")).to_have_text(
        titles.nth(2).inner_text().strip()
    )
    # With the keyboard alone: Enter opens, Escape closes and comes back.
    summary.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(links.first).to_be_focused()
    page.keyboard.press("Escape")
    expect(summary).to_be_focused()


@pytest.mark.parametrize("viewport", [DESK, PHONE, {"width": 1024, "height": 768}])
def test_no_command_is_cut_off(
    lesson: Callable[..., Page], stack: RunningPlatform, viewport: dict[str, int]
) -> None:
    page = lesson(viewport)
    page.goto(stack.base_url + COURSE)
    links = page.locator("main a[href*='/courses/']").evaluate_all(
        "links => [...new Set(links.map(link => link.href))]"
    )
    lessons = [link for link in links if link.rstrip("/").count("/") == 5]
    assert len(lessons) >= 4
    for url in lessons:
        page.goto(url)
        wait_wired(page)
        assert page.evaluate(COVERED) == [], url
