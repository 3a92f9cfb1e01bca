"""*Race* on the real engine: one button, and both clocks stop."""

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser.activity_scenes import LESSON, docker_lesson
from tests.support.browser.people import Person
from tests.support.browser.workspace import sign_in, watch_console
from tests.support.running_platform import RunningPlatform

pytestmark = pytest.mark.timeout(480)

BOOT_MS = 180_000  # under emulation, on a machine that does much else
LISTEN = """() => document.addEventListener("race-result", ({ detail }) => {
    window.raceResult = JSON.stringify(detail);
})"""


def test_both_clocks_stop(
    stack: RunningPlatform, new_page: Callable[[], Page], newcomer: Person
) -> None:
    page = new_page()
    complaints = watch_console(page)
    sign_in(page, stack.base_url, *newcomer)
    with docker_lesson(stack):
        page.goto(stack.base_url + LESSON)
        page.get_by_role("tab", name="guest").click()
        page.wait_for_function(
            "() => window.drydock?.text('guest')?.includes('root@guest')", timeout=BOOT_MS
        )
        page.evaluate(LISTEN)
        page.get_by_role("button", name="Race", exact=True).click()
        start = page.get_by_role("button", name="Restart and race")
        expect(start).to_be_enabled(timeout=BOOT_MS)
        page.get_by_role("textbox", name="Container").fill("2,5")
        start.click()
        container = page.get_by_role("region", name="Container", exact=True)
        guest = page.get_by_role("region", name="Virtual machine", exact=True)
        expect(container).to_contain_text("until it answered – you said 2.5", timeout=BOOT_MS)
        expect(guest).to_contain_text("until it answered", timeout=BOOT_MS)
        expect(guest).to_contain_text("emulated")
        expect(guest).to_contain_text("-cloud-amd64")
        expect(guest).to_contain_text("Linux version")
        expect(container).to_contain_text("no boot")
        expect(page.get_by_role("button", name="Copy the numbers")).to_be_visible(timeout=BOOT_MS)
        result = json.loads(page.evaluate("window.raceResult"))
        assert 0 < result["container"]["seconds"] < result["guest"]["seconds"]
        assert result["container"]["predicted_seconds"] == 2.5
        assert (result["container"]["emulated"], result["guest"]["emulated"]) == (False, True)
        assert result["container"]["kernel"] != result["guest"]["kernel"]
        expect(page.get_by_role("button", name="Restart and race")).to_be_enabled()
    assert complaints == []
