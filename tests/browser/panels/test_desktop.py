"""*Desktop* follows what is typed, does what is clicked, and shows lies as text."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.browser.pages import tab_to
from tests.support.browser.panels.desktop_scenes import (
    CONTAINERS,
    WEB,
    container,
    open_desktop,
    statistics,
    topics,
)
from tests.support.browser.people import Person
from tests.support.browser.workspace import Workspace, sign_in, watch_console
from tests.support.running_platform import RunningPlatform

pytestmark = pytest.mark.timeout(360)

HOSTILE = "<img src=x onerror=\"document.title='run'\">␛[31m"


def row_of(page: Page, name: str) -> Locator:
    return page.locator("[data-panel=desktop] li").filter(
        has=page.get_by_role("button", name=name, exact=True)
    )


def test_desktop_follows_what_is_typed_and_does_what_is_clicked(
    stack: RunningPlatform, new_page: Callable[[], Page], newcomer: Person, docker_lesson: str
) -> None:
    page = new_page()
    complaints = watch_console(page)
    sign_in(page, stack.base_url, *newcomer)
    page.goto(docker_lesson)
    workspace = Workspace(page, stack.base_url).wait_live()
    page.locator("[data-panel-tab=desktop]").click()
    desktop = page.locator("[data-panel=desktop]")
    expect(desktop).to_contain_text("docker run -d -p 8080:80 drydock/nginx")

    workspace.focus()
    program = "echo anchors aweigh; exec nginx -g 'daemon off;'"
    workspace.do(f'docker run -d -p 8080:80 --name web drydock/nginx sh -c "{program}"')
    web = row_of(page, "web")
    expect(web).to_contain_text("Up")
    expect(web).to_contain_text("8080\u00a0→\u00a080")
    expect(web).to_contain_text("MiB")
    expect(desktop.get_by_role("tab", name="Containers")).to_contain_text("1")

    web.get_by_role("button", name="Stop web").click()
    expect(web).to_contain_text("Exited")
    workspace.focus()
    assert workspace.run("docker ps -q") == ""
    workspace.do("docker start web")
    expect(web.get_by_role("button", name="Stop web")).to_be_visible()

    web.get_by_role("button", name="web", exact=True).click()
    expect(desktop.get_by_role("log")).to_contain_text("anchors aweigh")
    desktop.get_by_role("button", name="Remove").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(desktop).to_contain_text("It has been removed")
    desktop.get_by_role("button", name="Containers", exact=True).click()
    expect(desktop).to_contain_text("No containers yet")
    workspace.focus()
    assert workspace.run("docker ps -aq") == ""

    workspace.do("docker volume create data; docker network create lan")
    desktop.get_by_role("tab", name="Volumes").click()
    expect(desktop.get_by_role("listitem")).to_contain_text("data")
    desktop.get_by_role("button", name="Remove data").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(desktop).to_contain_text("No volumes yet")
    desktop.get_by_role("tab", name="Networks").click()
    expect(desktop.get_by_role("listitem").first).to_contain_text("lan")
    desktop.get_by_role("tab", name="Images").click()
    expect(desktop.get_by_role("listitem").filter(has_text="drydock/nginx")).to_contain_text("MB")
    assert not [complaint for complaint in complaints if "uncaught" in complaint]


def test_desktop_is_used_with_the_keyboard_alone(
    stack: RunningPlatform, new_page: Callable[[], Page], newcomer: Person
) -> None:
    page = new_page()
    sign_in(page, stack.base_url, *newcomer)
    server = open_desktop(page, stack.base_url, topics())
    desktop = page.locator("[data-panel=desktop]")
    tabs = desktop.get_by_role("tab")
    tabs.first.focus()
    page.keyboard.press("ArrowRight")
    expect(tabs.nth(1)).to_be_focused()
    expect(tabs.nth(1)).to_have_attribute("aria-selected", "true")
    expect(desktop.get_by_role("listitem").first).to_contain_text("app")
    page.keyboard.press("Home")

    tab_to(page, "web")
    page.keyboard.press("Enter")
    expect(desktop.get_by_role("log")).to_contain_text("<b>today</b>")
    expect(desktop.get_by_role("button", name="Containers", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect(desktop.get_by_role("button", name="web", exact=True)).to_be_focused()

    tab_to(page, "Stop web")
    page.keyboard.press("Enter")
    assert server.acted[-1]["action"] == "stop-container"
    assert server.acted[-1]["arguments"] == {"id": WEB}
    # What comes meanwhile changes the row in place, and the focus stays.
    ended = [{**CONTAINERS[0], "state": "exited", "status": "Exited (0)"}, *CONTAINERS[1:]]
    server.say("containers", {"total": 4, "running": 1, "containers": ended})
    expect(desktop.get_by_role("button", name="Start web")).to_be_focused()

    tab_to(page, "Remove web")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("Its volumes stay: data.")
    page.keyboard.press("Escape")
    expect(desktop.get_by_role("button", name="Remove web")).to_be_focused()
    assert server.acted[-1]["action"] == "stop-container"
    server.say("containers", {"total": 3, "running": 1, "containers": CONTAINERS[1:]})
    expect(row_of(page, "worker").get_by_role("button").first).to_be_focused()


def test_ten_thousand_hostile_names_are_text(
    stack: RunningPlatform, new_page: Callable[[], Page], newcomer: Person
) -> None:
    page = new_page()
    sign_in(page, stack.base_url, *newcomer)
    rows: list[dict[str, Any]] = [
        container(f"{number:064x}", f"{HOSTILE}{number}", image=HOSTILE, status=HOSTILE)
        for number in range(200)
    ]
    said = {
        **topics(),
        "containers": {"total": 10_000, "running": 200, "containers": rows},
        "statistics": {**statistics(1, 1), "left_out": 180},
    }
    server = open_desktop(page, stack.base_url, said)
    desktop = page.locator("[data-panel=desktop]")
    expect(desktop.get_by_role("listitem")).to_have_count(200)
    expect(desktop.get_by_role("listitem").first).to_contain_text(f"{HOSTILE}0")
    expect(desktop).to_contain_text("There are 9800 more, which are not listed here.")
    expect(desktop.locator("img")).to_have_count(0)
    assert page.title() != "run"
    server.say("containers", error="The machine does not answer. It is tried again.")
    expect(desktop).to_contain_text("does not answer")
    server.say("containers", said["containers"])
    expect(desktop.get_by_role("listitem")).to_have_count(200)
