"""Scenes of an exercise's course: what ticks, what waits and is hidden, what hints cost, and its
terms."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Page, WebSocketRoute, expect

from tests.support.browser.scene import Cast, Scene
from tests.support.browser.workspace import LESSON, Workspace
from tests.support.paths import COURSES
from tests.support.running_platform import RunningPlatform

COURSE = COURSES / "flow"
FLOW = "/courses/flow/one-by-one/"
UNDONE = "who-is"
GONE = (
    "from curriculum.models import Course; Course.objects.filter(slug='flow').update(archived=True)"
)


def result(check: str, standing: str, **fields: Any) -> dict[str, Any]:
    passed = standing == "passed"
    return {
        "check": check,
        "passed": passed,
        "points": 2,
        "earned": 2 if passed else 0,
        "expected": "`cat /root/answer` ends with exit code 0 and prints “42”",
        "found": "it ended with exit code 1",
        "message": ""
        if passed
        else f"There is something to be done about {check} in /root/answer.",
        "read": "“What it costs”, the second table",
        "waits_for": ["second"] if standing == "waiting" else [],
        "hidden": False,
        **fields,
    }


RESULTS = [
    result("first", "passed"),
    result("second", "failed"),
    result("third", "waiting"),
    result("fourth", "failed", hidden=True, expected="", found=""),
]
GRADED = {
    "id": "00000000-0000-0000-0000-000000000000",
    "exercise": f"vms-and-containers/your-first-container/{UNDONE}",
    "number": 99,
    "state": "graded",
    "reason": "",
    "score": 1,
    "points": 8,
    "passed": False,
    "automatic": False,
    "trial": False,
    "late": True,
    "late_percent": 20,
    "hint_cost": 1,
    "results": RESULTS,
}


@contextmanager
def flow_course(platform: RunningPlatform) -> Iterator[None]:
    """The course of the tests' own, out of everybody's way afterwards."""
    platform.manage("load_lessons", str(COURSE))
    yield
    platform.manage("shell", "--no-imports", "-c", GONE)


def show(page: Page, cast: Cast, slug: str, part: str) -> None:
    lesson = Workspace(page, cast.platform.base_url).wait_live()
    lesson.exercise(slug).locator(part).evaluate(
        "element => element.scrollIntoView({ block: 'end' })"
    )
    page.locator("#main").evaluate("element => element.scrollBy(0, 32)")


def ticks(page: Page, cast: Cast) -> None:
    """Word of a look comes by the events' websocket."""
    routes: list[WebSocketRoute] = []

    def handle(route: WebSocketRoute) -> None:
        route.connect_to_server()
        routes.append(route)

    page.route_web_socket("**/ws/events/", handle)
    page.goto(cast.platform.base_url + LESSON)
    Workspace(page, cast.platform.base_url).wait_live()
    look = {"exercise": GRADED["exercise"], "results": RESULTS}
    routes[-1].send(json.dumps({"type": "look", "look": look}))
    expect(page.locator(f"[data-exercise={UNDONE}] [data-status]")).to_contain_text(
        "Nothing is handed in yet"
    )
    show(page, cast, UNDONE, ".results")


def order_and_hiding(page: Page, cast: Cast) -> None:
    Workspace(page, cast.platform.base_url).wait_live()
    page.route("**/submissions", lambda route: route.fulfill(json=GRADED))
    exercise = page.locator(f"[data-exercise={UNDONE}]")
    exercise.get_by_role("button", name="Check").click()
    expect(exercise).to_contain_text("It was late: 20 % less.")
    show(page, cast, UNDONE, ".results")


def price(page: Page, cast: Cast) -> None:
    """A hint that is open, one that says what it costs, a solution that is not to be had yet."""
    Workspace(page, cast.platform.base_url).wait_live()
    first, second = page.locator("[data-exercise=ticking] [data-hint]").all()
    first.locator("summary").click()
    expect(first).to_have_attribute("data-opened", "")
    second.locator("summary").click()
    expect(second).to_contain_text("takes 1 point off")
    show(page, cast, "ticking", ".exercise__foot")


def policy(page: Page, cast: Cast) -> None:
    Workspace(page, cast.platform.base_url).wait_live()
    expect(page.locator("[data-exercise=closed] .policy")).to_contain_text("Was due")
    show(page, cast, "closed", ".exercise__foot")


FLOW_SCENES = (
    Scene("lesson-exercise-ticks", "student", "", ticks, full=False, still=False),
    Scene("lesson-exercise-order", "student", LESSON, order_and_hiding, full=False, still=False),
    Scene("lesson-hint-price", "student", FLOW, price, flow_course, full=False, still=False),
    Scene("lesson-terms", "student", FLOW, policy, flow_course, full=False, still=False),
)
