"""Open panels over a `docker` machine that is only said to run: their websocket is the test's."""

import json
import re
from typing import Any

from playwright.sync_api import Page, WebSocketRoute, expect

from tests.support.browser.activity_scenes import sandbox
from tests.support.browser.lesson_scenes import show_panels
from tests.support.browser.workspace import COURSE

SLUG, MACHINE = "images-and-containers", "dock"
LESSON = f"{COURSE}{SLUG}/"


class PanelServer:
    """Be the panels' websocket: says what `topics` has, and answers actions from `answers`.

    An answer that is a text is a refusal; `acted` are the actions that were asked for.
    """

    def __init__(self, page: Page, topics: dict[str, Any]) -> None:
        self.topics = topics
        self.errors: dict[str, str] = {}
        self.answers: dict[str, Any] = {}
        self.acted: list[dict[str, Any]] = []
        self._sockets: list[WebSocketRoute] = []
        page.route_web_socket("**/ws/panels/**", self._open)

    def say(self, topic: str, data: Any = None, error: str = "") -> None:
        """Tell the page of a topic."""
        about = {"type": "topic", "machine": MACHINE, "topic": topic}
        message = {**about, "data": data, "error": error}
        for socket in self._sockets:
            socket.send(json.dumps(message))

    def _open(self, socket: WebSocketRoute) -> None:
        self._sockets = [socket]
        socket.on_message(self._hear)

    def _hear(self, text: str | bytes) -> None:
        message = json.loads(text)
        if message["type"] == "watch":
            topic = message["topic"]
            if topic in self.errors:
                self.say(topic, error=self.errors[topic])
            elif topic in self.topics:
                self.say(topic, self.topics[topic])
        elif message["type"] == "act":
            self.acted.append(message)
            answer = self.answers.get(message["action"], {"pending": False})
            answer = answer(message["arguments"]) if callable(answer) else answer
            error = answer if isinstance(answer, str) else ""
            reply = {"type": "answer", "key": message["key"], "data": answer, "error": error}
            for socket in self._sockets:
                socket.send(json.dumps({**reply, "code": "refused"}))


def running_sandbox() -> dict[str, Any]:
    """What the API says of one whose machine runs."""
    whole = sandbox()
    machine = {**whole["machines"][0], "name": MACHINE}
    lesson = f"vms-and-containers/{SLUG}"
    return {**whole, "lesson": lesson, "state": "ready", "machines": [machine]}


def open_panel(page: Page, base_url: str, name: str) -> None:
    """Open the lesson, and a panel of it."""
    ready = running_sandbox()
    page.route("**/api/sandboxes**", lambda route: route.fulfill(status=200, json=ready))
    page.route("**/activity", lambda route: route.fulfill(status=200, json={"events": []}))
    page.goto(base_url + LESSON)
    # Set by the page's scripts: a press before them finds nothing wired.
    expect(page.locator("#machine-area")).to_have_attribute("data-panels", re.compile("."))
    show_panels(page)
    button = page.locator(f"[data-panel-tab={name}]")
    if button.get_attribute("aria-expanded") != "true":
        button.click()
