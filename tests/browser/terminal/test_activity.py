"""*Docker activity* shows what happened before the page was there."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser.activity_scenes import (
    HAPPENED,
    LESSON,
    LINES,
    TELL,
    docker_lesson,
    sandbox,
)
from tests.support.browser.people import Person
from tests.support.browser.workspace import sign_in
from tests.support.running_platform import RunningPlatform

pytestmark = pytest.mark.timeout(360)


def message(number: int, event: dict[str, Any]) -> dict[str, Any]:
    whole = {"nested": True, "image": "", "exit_code": None, "count": 1, **event}
    at = f"2030-01-01T10:00:{number:02}Z"
    return {"machine": "0", "name": "box", "lesson": "", "event": {"at": at, **whole}}


def test_a_reload_keeps_the_list(
    stack: RunningPlatform, new_page: Callable[[], Page], newcomer: Person
) -> None:
    messages = [message(number, event) for number, event in enumerate(HAPPENED)]
    kept = {"events": messages[:-1]}
    page = new_page()
    page.route("**/api/sandboxes**", lambda route: route.fulfill(status=200, json=sandbox()))
    page.route("**/activity", lambda route: route.fulfill(status=200, json=kept))
    sign_in(page, stack.base_url, *newcomer)
    with docker_lesson(stack):
        page.goto(stack.base_url + LESSON)
        page.get_by_role("button", name="Docker activity").click()
        lines = page.locator("[data-activity-lines] > li")
        expect(lines).to_have_count(4)
        # The last of them comes as an event as well, and another one after it.
        for each in messages[-2:]:
            page.evaluate(TELL, each)
        for line, text in zip(lines.all(), LINES, strict=True):
            expect(line).to_contain_text(text)
