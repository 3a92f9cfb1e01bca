"""From knowing nothing of Drydock to the first passed exercise: an account made with the real form,
its address confirmed with the link of the real mail, a real machine. By finger on a phone, by
mouse on a desk, by keys alone."""

import quopri
import re
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.browser.pages import tab_to
from tests.support.browser.workspace import PATIENCE_MS, Workspace, watch_console
from tests.support.running_platform import RunningPlatform

pytestmark = pytest.mark.timeout(300)

PASSWORD = "a-red-hull-in-dock"
EXERCISE = "a-process-of-your-own"
LINES = (
    "cp /usr/bin/sleep /root/lighthouse",
    "/root/lighthouse infinity &",
    "cat /proc/1/comm > /root/first-process",
)
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
DESK = {"viewport": {"width": 1440, "height": 900}, "reduced_motion": "reduce"}

Press = Callable[[Locator], Any]


class Stranger:
    """Somebody at a page, with a name and an address that nobody has yet, nor had: an address gets
    one mail in three minutes."""

    def __init__(self, page: Page, stack: RunningPlatform) -> None:
        self.page = page
        self.stack = stack
        self.name = f"stranger-{secrets.token_hex(4)}"
        self.address = f"{self.name}@example.org"
        self.complaints = watch_console(page)

    def follow_the_mail(self) -> None:
        """Open the link of the newest mail to us, in this browser."""
        self.page.goto(
            self.stack.base_url + link_of(mail_to(self.address, self.stack.var / "mail"))
        )
        expect(self.page.get_by_role("heading", name="Confirm your address")).to_be_visible()

    def workspace(self) -> Workspace:
        return Workspace(self.page, self.stack.base_url).wait_live()

    def assert_passed(self, lesson: Workspace) -> None:
        """The exercise says so here, and the catalogue as well."""
        exercise = lesson.exercise(EXERCISE)
        expect(exercise.locator("[data-status]")).to_have_text(
            "Passed, 3 of 3 points.", timeout=2 * PATIENCE_MS
        )
        expect(exercise).to_have_attribute("data-passed", "")
        self.page.goto(self.stack.base_url)
        expect(self.page.locator(".course-card__count")).to_contain_text(re.compile(r"^\s*1 of "))
        assert self.complaints == []


def mail_to(address: str, folder: Path) -> str:
    """The text of the one mail there is to this address. Raises ValueError when there are more or
    none."""
    texts = [quopri.decodestring(path.read_bytes()).decode() for path in folder.iterdir()]
    (text,) = [text for text in texts if f"To: {address}" in text]
    return text


def link_of(mail: str) -> str:
    """The path of the confirmation. Raises AssertionError when the mail has none."""
    match = re.search(r"https?://[^/\s]+(/accounts/email/confirm/\S+)", mail)
    assert match, mail
    return match[1]


# --- By pointing ----------------------------------------------------------------------------------


def make_the_account(stranger: Stranger, press: Press) -> None:
    page = stranger.page
    page.goto(stranger.stack.base_url)
    press(page.get_by_role("link", name="Create an account"))
    page.get_by_label("User name").fill(stranger.name)
    page.get_by_label("E-mail address").fill(stranger.address)
    page.get_by_label("Password").fill(PASSWORD)
    press(page.get_by_role("button", name="Make the account"))
    expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()
    stranger.follow_the_mail()
    press(page.get_by_role("button", name="Yes, it is mine"))


def find_the_lesson(page: Page, press: Press) -> None:
    press(page.get_by_role("link", name="Virtual machines and containers", exact=True))
    press(page.get_by_role("link", name="Your first container", exact=True).first)
    expect(page.get_by_role("heading", name="Your first container")).to_be_visible()


def test_on_a_phone(stack: RunningPlatform, new_page: Callable[..., Page]) -> None:
    stranger = Stranger(new_page(**PHONE), stack)
    page = stranger.page
    make_the_account(stranger, Locator.tap)
    find_the_lesson(page, Locator.tap)
    page.wait_for_function("() => Boolean(window.drydock)")  # a tap before that finds nothing wired
    terminal = page.get_by_role("button", name="Terminal", exact=True)
    terminal.tap()
    expect(terminal).to_have_attribute("aria-pressed", "true")
    lesson = stranger.workspace()
    page.locator(".xterm-screen").tap()
    for line in LINES:
        lesson.do(line)
    page.get_by_role("button", name="Lesson", exact=True).tap()
    check = lesson.exercise(EXERCISE).get_by_role("button", name="Check")
    check.tap()
    stranger.assert_passed(lesson)


def test_on_a_desk(stack: RunningPlatform, new_page: Callable[..., Page]) -> None:
    stranger = Stranger(new_page(**DESK), stack)
    make_the_account(stranger, Locator.click)
    find_the_lesson(stranger.page, Locator.click)
    lesson = stranger.workspace()
    stranger.page.locator(".xterm-screen").click()
    for line in LINES:
        lesson.do(line)
    lesson.exercise(EXERCISE).get_by_role("button", name="Check").click()
    stranger.assert_passed(lesson)


# --- By keyboard alone: nothing here moves or presses a mouse, or focuses by script ---------------


def type_the_account(stranger: Stranger) -> None:
    page, keys = stranger.page, stranger.page.keyboard
    page.goto(stranger.stack.base_url)
    tab_to(page, "Create an account")
    keys.press("Enter")
    page.wait_for_url("**/sign-up/")
    for name, value in (
        ("username", stranger.name),
        ("email", stranger.address),
        ("password1", PASSWORD),
    ):
        tab_to(page, name)
        keys.type(value)
    keys.press("Enter")
    expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()
    stranger.follow_the_mail()
    tab_to(page, "Yes, it is mine")
    keys.press("Enter")
    expect(page.get_by_role("heading", name="Courses", exact=True)).to_be_visible()


def walk_to_the_lesson(page: Page) -> None:
    tab_to(page, "Virtual machines and containers")
    page.keyboard.press("Enter")
    expect(page.get_by_role("list", name="Lessons")).to_be_visible()
    tab_to(page, "Your first container")
    page.keyboard.press("Enter")
    expect(page.locator("#main.lesson")).to_be_visible()


def learn_the_way_out(page: Page) -> None:
    """The page itself says which key leaves the terminal."""
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(dialog).to_contain_text(re.compile(r"F6\s*from the text to the terminal"))
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_by_keyboard_alone(stack: RunningPlatform, new_page: Callable[..., Page]) -> None:
    stranger = Stranger(new_page(**DESK), stack)
    page = stranger.page
    type_the_account(stranger)
    walk_to_the_lesson(page)
    lesson = stranger.workspace()
    learn_the_way_out(page)
    page.keyboard.press("F6")
    expect(lesson.machine.locator(".xterm-helper-textarea")).to_be_focused()
    for line in LINES:
        lesson.do(line)
    page.keyboard.press("F6")
    expect(page.locator("#main")).to_be_focused()
    tab_to(page, "Check A process of your own")
    page.keyboard.press("Enter")
    stranger.assert_passed(lesson)
