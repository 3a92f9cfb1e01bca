"""What frames the panels: their place and size, their machine, why nothing is seen, swipes."""

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.support.browser.activity_scenes import LESSON, docker_lesson, sandbox
from tests.support.browser.lesson_scenes import HEAR
from tests.support.browser.people import Person
from tests.support.browser.workspace import sign_in, watch_console
from tests.support.running_platform import RunningPlatform

pytestmark = pytest.mark.timeout(240)

FOCUS = "() => document.activeElement.closest('#panels, .machine, #main')?.id"
SIZE = "() => document.querySelector('#panels').getBoundingClientRect().height"
SCROLL_TO_NEXT = """() => {
    const strip = document.querySelector('#panel-body');
    strip.scrollTo({ left: strip.clientWidth });
}"""


class Observer:
    """Stand for the platform: note what is watched, and close with a code when told to."""

    def __init__(self, page: Page) -> None:
        self.watched = Counter[tuple[str, str]]()
        self.refuses = 0
        self.sockets: list[WebSocketRoute] = []
        page.route_web_socket("**/ws/panels/**", self.open)

    def open(self, socket: WebSocketRoute) -> None:
        if self.refuses:
            socket.close(code=self.refuses)
            return
        self.sockets.append(socket)
        socket.on_message(lambda text: self.hear(json.loads(text)))

    def hear(self, message: dict[str, Any]) -> None:
        if message["type"] == "watch":
            self.watched[message["machine"], message["topic"]] += 1

    def machines(self) -> set[str]:
        return {machine for machine, _topic in self.watched}


def open_lesson(page: Page, base_url: str) -> Observer:
    """Open a lesson of two machines that are only said to run."""
    observer = Observer(page)
    ready = {**sandbox(), "state": "ready"}
    page.route("**/api/sandboxes**", lambda route: route.fulfill(status=200, json=ready))
    page.route("**/activity", lambda route: route.fulfill(status=200, json={"events": []}))
    page.route_web_socket("**/ws/none/**", lambda _socket: None)
    page.goto(base_url + LESSON)
    expect(page.locator("[data-bar-title]")).to_have_text("Your machine is running")
    return observer


def test_a_dock_by_keyboard_alone(
    stack: RunningPlatform, new_page: Callable[..., Page], newcomer: Person
) -> None:
    page = new_page(viewport={"width": 1440, "height": 900})
    sign_in(page, stack.base_url, *newcomer)
    with docker_lesson(stack):
        complaints = watch_console(page)
        observer = open_lesson(page, stack.base_url)
        state = page.locator("[data-panels-state]")

        # Opened, and gone through from part to part.
        tab = page.get_by_role("button", name="Inside / outside")
        tab.focus()
        page.keyboard.press("Enter")
        expect(tab).to_have_attribute("aria-expanded", "true")
        panel = page.get_by_role("region", name="Inside / outside")
        expect(panel).to_be_visible()
        for part in ("main", "terminal-box", "panels", "main"):
            page.keyboard.press("F6")
            assert page.evaluate(FOCUS) == part
        page.keyboard.press("Shift+F6")
        expect(panel).to_be_focused()
        page.keyboard.press("Escape")
        expect(tab).to_be_focused()

        # Its size is set by keys, and is there after a reload.
        before = page.evaluate(SIZE)
        page.get_by_role("separator", name="Size of the panels").focus()
        page.keyboard.press("Shift+ArrowUp")
        larger = page.evaluate(SIZE)
        assert larger > before
        page.reload()
        expect(panel).to_be_visible()
        assert page.evaluate(SIZE) == larger

        # It is about the machine whose terminal is open, until another one is chosen.
        assert observer.machines() == {"box"}
        chooser = page.get_by_role("combobox", name="Machine that is shown")
        expect(chooser).to_have_value("box")
        page.get_by_role("tab", name="guest").click()
        expect(chooser).to_have_value("guest")
        chooser.select_option("box")
        page.get_by_role("tab", name="box").click()
        page.get_by_role("tab", name="guest").click()
        expect(chooser).to_have_value("box")
        assert observer.machines() == {"box", "guest"}

        # It says why nothing is seen, and what to do.
        observer.refuses = 4029
        observer.sockets[-1].close(code=4029)
        expect(state).to_contain_text("open in too many tabs")
        observer.refuses = 0
        state.get_by_role("button", name="Try again").click()
        expect(state).to_be_hidden()
        observer.sockets[-1].close(code=1011)
        expect(state).to_contain_text("The connection was lost")
        expect(state).to_be_hidden()
        page.evaluate(HEAR, {"state": "parked", "machines": []})
        expect(state).to_contain_text("Your machine is asleep")
        expect(state.get_by_role("button", name="Wake it up")).to_be_visible()
        expect(panel).to_be_hidden()
        assert complaints == []


def test_panels_lead_to_the_text(
    stack: RunningPlatform, new_page: Callable[..., Page], newcomer: Person
) -> None:
    page = new_page(viewport={"width": 1440, "height": 900})
    sign_in(page, stack.base_url, *newcomer)
    with docker_lesson(stack):
        open_lesson(page, stack.base_url)
        page.locator("[data-panel-tab=desktop]").click()
        page.locator("#panel-desktop").get_by_role("button", name="In the text").click()
        expect(page.locator(".in-text")).to_have_text("Build an image, and watch what Docker does.")


def test_a_phone_swipes_panels(
    stack: RunningPlatform, new_page: Callable[..., Page], newcomer: Person
) -> None:
    page = new_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    sign_in(page, stack.base_url, *newcomer)
    with docker_lesson(stack):
        open_lesson(page, stack.base_url)
        expect(page.locator("#panels")).to_be_hidden()
        page.get_by_role("button", name="Panels", exact=True).click()
        first, second = page.locator("[data-panel-tab]").all()[:2]
        expect(first).to_have_attribute("aria-expanded", "true")
        page.evaluate(SCROLL_TO_NEXT)
        expect(second).to_have_attribute("aria-expanded", "true")
        expect(page.locator(".panel__root")).to_have_count(1)
        first.click()
        expect(first).to_have_attribute("aria-expanded", "true")
        page.wait_for_function("() => document.querySelector('#panel-body').scrollLeft === 0")
