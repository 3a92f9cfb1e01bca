"""Reading with hands: terms explained where they stand, the search, the place one was at."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser.axe import AXE, RUN
from tests.support.browser.people import Person
from tests.support.browser.workspace import COURSE, sign_in
from tests.support.running_platform import RunningPlatform

pytestmark = pytest.mark.timeout(180)

LESSON = f"{COURSE}what-is-a-container/"
REMEMBER = """heading => localStorage.setItem(
    "drydock.place:vms-and-containers/what-is-a-container",
    JSON.stringify({ heading, blocks: 0, share: 0, at: Date.now() - 2 * 3600 * 1000 }),
)"""


@pytest.fixture
def lesson(stack: RunningPlatform, page: Page, newcomer: Person) -> Page:
    sign_in(page, stack.base_url, *newcomer)
    page.goto(stack.base_url + LESSON)
    return page


def test_a_term_is_explained_by_pointer_keyboard_and_finger(lesson: Page) -> None:
    note, terms = lesson.locator("#term-note"), lesson.locator(".term")
    terms.nth(2).hover()
    expect(note).to_be_visible()
    lesson.mouse.move(2, 2)
    expect(note).to_be_hidden()
    terms.nth(1).focus()
    expect(note).to_be_visible()
    expect(terms.nth(1)).to_have_attribute("aria-describedby", "term-note")
    lesson.keyboard.press("Escape")
    expect(note).to_be_hidden()
    lesson.keyboard.press("Enter")
    expect(note).to_be_visible()
    terms.nth(3).click()
    expect(note).to_contain_text(re.compile(r"\w"))
    expect(terms.nth(3)).to_have_attribute("aria-expanded", "true")
    terms.nth(3).click()
    expect(note).to_be_hidden()


def test_a_term_is_marked_once_in_a_section_and_never_in_code(lesson: Page) -> None:
    expect(lesson.locator(".term").first).to_be_visible()
    repeated = lesson.evaluate(
        """() => {
            const known = new Set(), repeated = [];
            for (const element of document.querySelectorAll("#main :is(h2, .exercise, .term)")) {
                if (!element.matches(".term")) known.clear();
                else if (known.has(element.textContent)) repeated.push(element.textContent);
                else known.add(element.textContent);
            }
            return repeated;
        }"""
    )
    assert repeated == []
    assert lesson.locator(":is(a, pre, code, h2, button) .term").count() == 0


def test_the_search_leads_to_a_section_by_keys_alone(lesson: Page) -> None:
    lesson.locator("#main").focus()
    lesson.keyboard.press("/")
    lesson.keyboard.type("namespaces")
    dialog = lesson.get_by_role("dialog", name="Search")
    expect(dialog.locator("mark").first).to_be_visible()
    lesson.keyboard.press("ArrowDown")
    lesson.keyboard.press("Enter")
    expect(lesson).to_have_url(re.compile(r"/courses/vms-and-containers/[\w-]+/(#.+)?$"))


def test_who_comes_back_after_a_while_is_told_where_they_are(
    stack: RunningPlatform, lesson: Page
) -> None:
    heading = lesson.locator("#main .prose h2[id]").nth(2)
    title = (heading.text_content() or "").strip()
    lesson.evaluate(REMEMBER, heading.get_attribute("id"))
    lesson.goto(stack.base_url + LESSON)
    toast = lesson.locator("#toasts")
    expect(toast).to_contain_text(f"You are back at “{title}”")
    expect(heading).to_be_in_viewport()
    toast.get_by_role("button", name="To the beginning").click()
    expect(lesson.locator(".lesson__title")).to_be_in_viewport()


def test_the_glossary_and_the_search_are_accessible(stack: RunningPlatform, lesson: Page) -> None:
    for path in ("/glossary/vms-and-containers/", "/search/?q=kernel"):
        lesson.goto(stack.base_url + path)
        lesson.evaluate(AXE.read_text())
        assert lesson.evaluate(RUN) == []
