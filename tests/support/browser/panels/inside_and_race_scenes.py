"""*Inside / outside* and *Race* in a lesson with a Docker machine and a virtual one."""

import json
from typing import Any

from playwright.sync_api import Page, WebSocketRoute, expect

from tests.support.browser.activity_scenes import LESSON, docker_lesson, sandbox
from tests.support.browser.lesson_scenes import Act, show_panels, show_terminal
from tests.support.browser.panels.inside_samples import DOCKER_TREE, GUEST_PROCESSES, GUEST_TREE
from tests.support.browser.panels.race_samples import CONTAINER_DONE, GUEST_DONE, lane
from tests.support.browser.scene import Cast, Scene

Samples = dict[str, Any]  # by "machine topic"


def open_panel(page: Page, cast: Cast, panel: str, samples: Samples, machine: str = "box") -> None:
    """Open a panel that is told these samples, and of races that begin at once."""

    def answer(socket: WebSocketRoute) -> None:
        def hear(text: str | bytes) -> None:
            message = json.loads(text)
            if message["type"] == "watch":
                key = f"{message['machine']} {message['topic']}"
                names = {name: message[name] for name in ("machine", "topic")}
                sample = {"data": samples.get(key), "error": ""}
                socket.send(json.dumps({"type": "topic", **names, **sample}))
            elif message["type"] == "act":
                race = samples[f"{message['machine']} race"]["id"]
                parts = {"data": {"race": race}, "error": "", "code": ""}
                socket.send(json.dumps({"type": "answer", "key": message["key"], **parts}))

        socket.on_message(hear)

    running = {**sandbox(), "state": "ready"}
    page.route("**/api/sandboxes**", lambda route: route.fulfill(status=200, json=running))
    page.route_web_socket("**/ws/none/**", lambda _socket: None)  # terminals that never answer
    page.route("**/activity", lambda route: route.fulfill(status=200, json={"events": []}))
    page.route_web_socket("**/ws/panels/**", answer)
    page.goto(cast.platform.base_url + LESSON)
    show_terminal(page)
    if machine != "box":
        page.get_by_role("tab", name=machine).click()
    show_panels(page)
    page.get_by_role("button", name=panel, exact=True).click()


def inside(page: Page, cast: Cast) -> None:
    open_panel(page, cast, "Inside / outside", {"box process-tree": DOCKER_TREE})
    page.get_by_role("row", name="49030").focus()
    expect(page.get_by_text("22 in web")).to_be_visible()


def inside_guest(page: Page, cast: Cast) -> None:
    samples = {
        "guest process-tree": GUEST_TREE,
        "guest guest-processes": GUEST_PROCESSES,
    }
    open_panel(page, cast, "Inside / outside", samples, "guest")
    expect(page.get_by_text("46 threads of its own kernel")).to_be_visible()


def race(page: Page, cast: Cast) -> None:
    samples = {
        "box race-lane": lane("container"),
        "guest race-lane": lane("guest", restarts=True),
        "box race": CONTAINER_DONE,
        "guest race": {**GUEST_DONE, "restarts": True},
    }
    open_panel(page, cast, "Race", samples)
    page.get_by_role("textbox", name="Container").fill("2")
    page.get_by_role("textbox", name="Virtual machine").fill("4")
    page.get_by_role("button", name="Restart and race").click()
    expect(page.get_by_role("button", name="Copy the numbers")).to_be_visible()


def scene(name: str, act: Act) -> Scene:
    return Scene(name, "student", "", act, docker_lesson, full=False, still=False)


INSIDE_AND_RACE_SCENES = (
    scene("panel-inside", inside),
    scene("panel-inside-guest", inside_guest),
    scene("panel-race", race),
)
