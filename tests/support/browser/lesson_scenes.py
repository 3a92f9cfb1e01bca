"""Scenes of the lesson: a machine in each of its states, exercises, dialogues."""

import json
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, Route, WebSocketRoute, expect

from tests.support.browser.scene import Cast, Scene
from tests.support.browser.workspace import COURSE, LESSON, Workspace

PASSED, FAILED, PREPARED = "a-process-of-your-own", "who-is", "a-crate-of-your-own"
QUIZ = "say-it-back"
# A state that comes and goes, or takes a fault to get: the page is told of it as by an event.
HEAR = "change => drydock.sandbox.hear({ ...drydock.sandbox.payload, ...change })"
NOT_GRADED = {
    "id": "00000000-0000-0000-0000-000000000000",
    "exercise": f"vms-and-containers/your-first-container/{FAILED}",
    "number": 9,
    "state": "not_graded",
    "reason": (
        "The machine could not be looked at: it took too long to answer. It doesn't count as an"
        " attempt."
    ),
    "score": 0,
    "points": 3,
    "passed": False,
    "results": [],
}

Act = Callable[[Page, Cast], None]


def use_the_machine(page: Page, base_url: str) -> None:
    """Solve one exercise, fail another, and leave a tidy screen in the machine."""
    lesson = Workspace(page, base_url).open()
    lesson.focus()
    lesson.interrupt()
    lesson.clear()
    for line in (
        "cat /proc/1/comm",
        "cp /usr/bin/sleep /root/lighthouse",
        "/root/lighthouse infinity &",
        "cat /proc/1/comm > /root/first-process",
        "ps -ef",
    ):
        lesson.do(line)
    lesson.check(PASSED)
    lesson.check(FAILED)


def show_terminal(page: Page) -> None:
    """A phone shows one half at a time."""
    button = page.get_by_role("button", name="Terminal", exact=True)
    if button.is_visible():
        button.click()


def show_panels(page: Page) -> None:
    """The same for the panels."""
    button = page.get_by_role("button", name="Panels", exact=True)
    if button.is_visible():
        button.click()


def live(page: Page, cast: Cast) -> Workspace:
    lesson = Workspace(page, cast.platform.base_url)
    lesson.wait_live()
    lesson.wait_text("lighthouse infinity")
    return lesson


def ready(page: Page, cast: Cast) -> None:
    live(page, cast)
    show_terminal(page)
    page.wait_for_timeout(400)  # xterm.js draws at the next frame


def text(page: Page, cast: Cast) -> None:
    live(page, cast)


def receiving(**change: Any) -> Act:
    """The machine in a state."""

    def act(page: Page, cast: Cast) -> None:
        live(page, cast)
        show_terminal(page)
        page.evaluate(HEAR, change)

    return act


def exercise(slug: str, part: str = ".exercise__foot", before: Act = text) -> Act:
    """An exercise with its `part` in the window."""

    def act(page: Page, cast: Cast) -> None:
        before(page, cast)
        shown = Workspace(page, cast.platform.base_url).exercise(slug).locator(part)
        shown.evaluate("element => element.scrollIntoView({ block: 'end' })")
        page.locator("#main").evaluate("element => element.scrollBy(0, 32)")

    return act


def diagram(page: Page, cast: Cast) -> None:
    """The first one of another lesson, which has a machine of its own."""
    Workspace(page, cast.platform.base_url).wait_live()
    page.locator(".diagram").first.evaluate(
        "element => element.scrollIntoView({ block: 'center' })"
    )


def end_of_lesson(page: Page, cast: Cast) -> None:
    live(page, cast)
    page.locator("#main").evaluate("element => element.scrollTo(0, element.scrollHeight)")


def not_graded(page: Page, cast: Cast) -> None:
    live(page, cast)
    page.route("**/submissions", lambda route: route.fulfill(status=201, json=NOT_GRADED))
    failed_exercise = Workspace(page, cast.platform.base_url).exercise(FAILED)
    failed_exercise.get_by_role("button", name="Check").click()
    expect(failed_exercise.locator("[data-status]")).to_contain_text("attempt")


def checking(page: Page, cast: Cast) -> None:
    live(page, cast)
    page.route(
        "**/submissions",
        lambda route: route.fulfill(status=201, json={**NOT_GRADED, "state": "collecting"}),
    )
    failed_exercise = Workspace(page, cast.platform.base_url).exercise(FAILED)
    failed_exercise.get_by_role("button", name="Check").click()
    expect(failed_exercise.locator(".spinner")).to_be_visible()


def setup_failed(page: Page, cast: Cast) -> None:
    Workspace(page, cast.platform.base_url).wait_live()
    page.evaluate(HEAR, {"unprepared": [PREPARED]})
    again = (
        Workspace(page, cast.platform.base_url)
        .exercise(PREPARED)
        .get_by_role("button", name="Prepare it again")
    )
    again.scroll_into_view_if_needed()
    expect(again).to_be_visible()


def hints(page: Page, cast: Cast) -> None:
    live(page, cast)
    for hint in (
        Workspace(page, cast.platform.base_url).exercise(PASSED).locator("details[data-hint]").all()
    ):
        hint.locator("summary").click()
        expect(hint).to_have_attribute("data-opened", "")


def quiz_answered(page: Page, cast: Cast) -> None:
    """Some of it answered, rightly and not, and checked."""
    live(page, cast)
    quiz = Workspace(page, cast.platform.base_url).exercise(QUIZ)
    quiz.get_by_label("Another of its processes becomes number 1").check()
    for box in (
        quiz.get_by_role("group", name="What is the host's").get_by_role("checkbox").all()[:3]
    ):
        box.check()
    for select in quiz.locator("[data-left] select").all()[1:]:
        select.select_option(label="a namespace")
    quiz.get_by_role("group", name="How much memory").get_by_label("Your answer").fill("512")
    quiz.get_by_role("button", name="Check").click()
    expect(quiz.locator("[data-status]")).to_contain_text("questions right")


def press(key: str) -> Act:
    def act(page: Page, cast: Cast) -> None:
        live(page, cast)
        page.locator("#main").focus()
        page.keyboard.press(key)

    return act


def confirm(name: str) -> Act:
    def act(page: Page, cast: Cast) -> None:
        live(page, cast)
        show_terminal(page)
        page.get_by_role("button", name=name, exact=True).click()

    return act


def search(page: Page, cast: Cast) -> None:
    live(page, cast)
    show_terminal(page)
    page.get_by_role("button", name="Search the terminal").click()
    page.keyboard.type("lighthouse")
    page.wait_for_timeout(400)


def cut_off(page: Page, cast: Cast) -> None:
    """The terminal's websocket breaks and can't be had again."""
    opened: list[WebSocketRoute] = []

    def handle(route: WebSocketRoute) -> None:
        if opened:
            return route.close(code=1011)
        opened.append(route)
        route.connect_to_server()
        return None

    page.route_web_socket(lambda url: "events" not in url, handle)
    page.goto(cast.platform.base_url + LESSON)
    live(page, cast)
    show_terminal(page)
    page.wait_for_timeout(400)
    opened[0].close(code=1011)
    expect(page.locator("[data-machine=box]")).to_have_attribute("data-state", "reconnecting")
    page.wait_for_timeout(6000)  # so that the next attempt is some seconds away


def offline(page: Page, cast: Cast) -> None:
    cut_off(page, cast)
    page.context.set_offline(True)
    expect(page.locator("#offline")).to_be_visible()
    page.wait_for_timeout(400)


def out_of_reach(page: Page, cast: Cast) -> None:
    """No answer when asked for a machine."""
    live(page, cast)
    show_terminal(page)
    page.route("**/api/sandboxes", lambda route: route.abort())
    page.evaluate("() => void drydock.sandbox.start()")
    expect(page.locator("#overlay")).to_contain_text("can't be reached")


def refused(page: Page, cast: Cast) -> None:
    live(page, cast)
    show_terminal(page)

    def answer(route: Route) -> None:
        message = (
            "You have as many machines as one person may have. End one of them first: pairs/two,"
            " basics/one."
        )
        route.fulfill(
            status=409,
            body=json.dumps({"error": {"code": "too-many-sandboxes", "message": message}}),
        )

    page.route("**/api/sandboxes", answer)
    page.evaluate("() => void drydock.sandbox.start()")
    expect(page.locator("#overlay")).to_contain_text("End one of them")


def signed_out(page: Page, cast: Cast) -> None:
    live(page, cast)
    show_terminal(page)
    page.evaluate("() => drydock.sandbox.signedOut()")


def lesson(name: str, act: Act, path: str = LESSON) -> Scene:
    """Of the student; the machine's websockets are never still, so nothing waits for that."""
    return Scene(f"lesson-{name}", "student", path, act, full=False, still=False)


LESSON_SCENES = (
    lesson("text", text),
    lesson("diagram", diagram, f"{COURSE}what-is-a-virtual-machine/"),
    lesson("end-of-text", end_of_lesson),
    lesson("ready", ready),
    lesson("starting", receiving(state="starting", machines=[])),
    lesson(
        "queued",
        receiving(
            state="requested", machines=[], queue={"place": 3, "estimate_seconds": 80, "full": True}
        ),
    ),
    lesson("parked", receiving(state="parked")),
    lesson("ending", receiving(state="ending", machines=[])),
    lesson("ended", receiving(state="gone", machines=[])),
    lesson("failed", receiving(state="failed", machines=[], reason="The image could not be read.")),
    lesson("reconnecting", cut_off, ""),
    lesson("offline", offline, ""),
    lesson("out-of-reach", out_of_reach),
    lesson("refused", refused),
    lesson("signed-out", signed_out),
    lesson("exercise-passed", exercise(PASSED, ".results")),
    lesson("exercise-failed", exercise(FAILED, ".results")),
    lesson("exercise-checking", exercise(FAILED, before=checking)),
    lesson("exercise-not-graded", exercise(FAILED, before=not_graded)),
    lesson("exercise-unprepared", setup_failed, f"{COURSE}what-is-a-container/"),
    lesson("hints", exercise(PASSED, before=hints)),
    lesson("quiz", exercise(QUIZ, "[data-question=shared]")),
    lesson("quiz-answered", exercise(QUIZ, "[data-question=two-boxes]", quiz_answered)),
    lesson("shortcuts", press("?")),
    lesson("dialog-reset", confirm("Reset")),
    lesson("dialog-end", confirm("End")),
    lesson("search", search),
)
