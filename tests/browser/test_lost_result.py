"""A check whose result never comes over the websocket: the page asks by HTTP, says when it takes
long, never hangs. And one whose result is there before the answer to the press."""

import json
import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, Route, WebSocketRoute, expect

from tests.support.browser.people import Person
from tests.support.browser.workspace import Workspace, sign_in
from tests.support.clients.api import LESSON as LESSON_KEY
from tests.support.clients.api import LiveStudent
from tests.support.running_platform import RunningPlatform
from tests.support.waiting import wait_for

pytestmark = pytest.mark.timeout(180)

EXERCISE = "who-is"
Open = Callable[[], Workspace]


def without_results(route: WebSocketRoute) -> None:
    """An events websocket on which word of submissions gets lost."""
    server = route.connect_to_server()

    def forward(message: str | bytes) -> None:
        if json.loads(message)["type"] != "submission":
            route.send(message)

    server.on_message(forward)


@pytest.fixture
def open_lesson(
    stack: RunningPlatform, people: dict[str, Person], new_page: Callable[[], Page]
) -> Open:
    """The lesson on a page with a clock of ours."""

    def make() -> Workspace:
        page = new_page()
        page.clock.install()
        page.route_web_socket("**/ws/events/", without_results)
        sign_in(page, stack.base_url, *people["reader"])
        return Workspace(page, stack.base_url).open()

    return make


def press_check(lesson: Workspace) -> Locator:
    exercise = lesson.exercise(EXERCISE)
    exercise.get_by_role("button", name="Check").click()
    return exercise.locator("[data-status]")


def test_the_result_is_fetched(open_lesson: Open) -> None:
    lesson = open_lesson()
    expect(press_check(lesson)).to_contain_text("points.")


def test_a_result_that_never_comes(open_lesson: Open) -> None:
    """First said to be late, then the button is given back; the next press finds it."""
    lesson = open_lesson()
    page = lesson.page

    def still_collecting(route: Route) -> None:
        exercise = f"{LESSON_KEY}/{EXERCISE}"
        route.fulfill(
            json={
                "id": route.request.url.rsplit("/", 1)[1],
                "exercise": exercise,
                "state": "collecting",
            }
        )

    page.route("**/api/submissions/*", still_collecting)
    status = press_check(lesson)
    button = lesson.exercise(EXERCISE).get_by_role("button", name="Check")
    expect(status).to_contain_text("machine")
    page.clock.fast_forward(25_000)
    expect(status).to_contain_text("It takes longer than usual")
    expect(button).to_have_attribute("aria-disabled", "true")
    page.clock.fast_forward(150_000)
    expect(status).to_contain_text("No result has come")
    expect(page.locator("#announce")).to_contain_text("No result has come")
    expect(button).to_have_attribute("aria-disabled", "false")
    page.unroute("**/api/submissions/*")
    button.click()
    expect(status).to_contain_text("points.")


def test_no_answer_at_all(open_lesson: Open) -> None:
    lesson = open_lesson()
    lesson.page.route("**/api/submissions/*", lambda route: route.abort())
    status = press_check(lesson)
    lesson.page.clock.fast_forward(6_000)
    expect(status).to_contain_text("can't be reached")
    lesson.page.unroute("**/api/submissions/*")
    lesson.page.clock.fast_forward(6_000)
    expect(status).to_contain_text("points.")


def test_a_result_that_overtakes_the_answer_counts_once(
    stack: RunningPlatform, page: Page, newcomer: Person
) -> None:
    sign_in(page, stack.base_url, *newcomer)
    lesson = Workspace(page, stack.base_url).open()
    exercise, student = lesson.exercise(EXERCISE), LiveStudent(stack.base_url, *newcomer)

    def late(route: Route) -> None:
        answer = route.fetch()
        path = f"/submissions/{answer.json()['id']}"
        wait_for(lambda: student.call("GET", path).json()["state"] == "graded", "the result")
        time.sleep(0.5)  # until the page has it
        route.fulfill(response=answer)

    page.route("**/submissions", late)
    status = press_check(lesson)
    expect(status).to_contain_text("points.")
    page.wait_for_timeout(3_000)  # longer than the page waits before it asks: nothing is to come
    expect(status).to_have_text(re.compile(r"^0 of 3 checks passed"))
    expect(exercise.locator("[data-score]")).to_have_text("0 of 4 points · 1 attempt")
