"""*Inside / outside* on the real engine: one process under its two pids, and under three."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.browser.activity_scenes import LESSON, docker_lesson
from tests.support.browser.people import Person
from tests.support.browser.workspace import Workspace, sign_in, watch_console
from tests.support.running_platform import RunningPlatform

pytestmark = pytest.mark.timeout(360)


def pids_in(row: Locator) -> list[int]:
    return [int(text) for text in row.locator(".tree-grid__pid").all_inner_texts()]


def test_process_is_found_under_its_pids(
    stack: RunningPlatform, new_page: Callable[[], Page], newcomer: Person
) -> None:
    page = new_page()
    complaints = watch_console(page)
    sign_in(page, stack.base_url, *newcomer)
    with docker_lesson(stack):
        page.goto(stack.base_url + LESSON)
        lesson = Workspace(page, stack.base_url)
        lesson.wait_live()
        lesson.focus()
        lesson.do("sleep 1234 &")
        inside = int(lesson.run("pgrep -f '^sleep 1234'"))
        lesson.do("docker run -d --name harbour drydock/busybox sleep 4321")
        middle = int(lesson.run("docker inspect -f '{{.State.Pid}}' harbour"))
        page.get_by_role("button", name="Inside / outside", exact=True).click()
        grid = page.get_by_role("treegrid")
        row = grid.get_by_role("row", name=re.compile(rf"\b{inside} *sleep"))
        expect(row).to_be_visible()
        outside, machine = pids_in(row)
        assert (machine, outside > 0, outside != machine) == (inside, True, True)
        nested = grid.get_by_role("row").filter(has_text="harbour")
        expect(nested).to_be_visible()
        assert pids_in(nested)[1:] == [middle, 1]
        # With the keyboard alone: the row is read, and the same walls and powers beside it.
        nested.focus()
        expect(page.get_by_text(f"{middle} in box")).to_be_visible()
        expect(page.get_by_text("1 in harbour", exact=True)).to_be_visible()
        expect(page.get_by_role("columnheader", name="harbour")).to_be_visible()
        expect(page.get_by_text("load modules into the kernel")).to_be_visible()
        page.keyboard.press("Home")
        expect(page.get_by_text("1 in box", exact=True)).to_be_visible()
        # What ends goes.
        lesson.focus()
        lesson.do("docker rm -f harbour")
        expect(nested).to_have_count(0)
    assert complaints == []
