"""*Map* follows what is typed: containers come and go, and each call is listed and replayed."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser.people import Person
from tests.support.browser.workspace import Workspace, sign_in, watch_console
from tests.support.running_platform import RunningPlatform

pytestmark = pytest.mark.timeout(240)


def test_the_map_follows_what_is_typed_and_replays_it(
    stack: RunningPlatform, new_page: Callable[[], Page], newcomer: Person, docker_lesson: str
) -> None:
    page = new_page()
    complaints = watch_console(page)
    sign_in(page, stack.base_url, *newcomer)
    page.goto(docker_lesson)
    workspace = Workspace(page, stack.base_url).wait_live()
    page.get_by_role("button", name="Map", exact=True).click()
    panel = page.locator("[data-panel=map]").last
    drawing = page.locator(".map-drawing")
    web = drawing.locator(".map-container", has_text="web")
    expect(drawing).to_contain_text("drydock/nginx")
    expect(panel).to_contain_text("Nothing yet.")

    workspace.focus()
    workspace.do("docker volume create pages; docker network create shop")
    workspace.do("docker run -d --name web --network shop -v pages:/p -p 8080:80 drydock/nginx")
    expect(web).to_have_class(re.compile("map-container--running"))
    expect(web).to_contain_text("8080→80")
    expect(drawing.locator(".map-network", has_text="shop")).to_be_visible()
    expect(drawing.locator(".map-drum__name", has_text="pages")).to_be_visible()
    command = page.locator(".map-command").first
    expect(command).to_contain_text("Make a container and start it")
    lines = command.locator(".map-call")
    expect(lines.first).to_contain_text("/_ping")
    expect(lines.filter(has_text="/containers/create")).to_contain_text("201")
    expect(lines.filter(has_text="Start the container")).to_contain_text("204")

    command.get_by_role("button", name="Replay slowly").click()
    replay = page.get_by_role("group", name="Replay")
    expect(replay.get_by_role("button", name="Pause")).to_be_focused()
    page.keyboard.press("Space")
    while "the container lives" not in replay.inner_text():
        before = replay.inner_text()
        page.keyboard.press("ArrowRight")
        expect(replay).not_to_have_text(before)
    expect(web).to_have_class(re.compile("is-lit"))
    page.keyboard.press("Escape")
    expect(replay).to_be_hidden()

    workspace.focus()
    workspace.do("docker kill web")
    expect(web).to_have_class(re.compile("map-container--exited"))
    workspace.do("docker push registry:5000/somebody/nothing")
    expect(page.locator(".map-command").first).to_contain_text("Send an image to a registry")
    workspace.do("docker rm web; pkill call-recorder; docker ps")
    expect(web).to_have_count(0)
    expect(page.get_by_role("list").get_by_text("There are 0 containers.")).to_have_count(1)
    assert complaints == []
