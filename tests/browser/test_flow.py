"""The course of an exercise as a student meets it: hints, ticks without Check, order and hiding,
attempts, deadlines, the solution, and a fault of the platform with the way out of it."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.browser.people import Person
from tests.support.browser.workspace import Workspace, sign_in, watch_console
from tests.support.paths import COURSES
from tests.support.running_platform import RunningPlatform

pytestmark = pytest.mark.timeout(240)

COURSE = COURSES / "flow"
LESSON = "/courses/flow/one-by-one/"
KEEP_OUT = (
    "from curriculum.models import Course; Course.objects.filter(slug='flow').update(archived=True)"
)
KEPT = """
import json
from grading.models import Submission
from tests.support.paths import COURSES
rows = Submission.objects.filter(user__username={name!r}, exercise__lesson__slug="one-by-one")
fields = ("exercise__slug", "number", "state", "automatic", "score", "hint_cost")
print(json.dumps(list(rows.order_by("created_at").values(*fields))))
"""


@pytest.fixture(scope="module")
def course(stack: RunningPlatform) -> Iterator[None]:
    """The lesson of these tests, out of everybody's way afterwards."""
    stack.manage("load_lessons", str(COURSE))
    yield
    stack.manage("shell", "--no-imports", "-c", KEEP_OUT)


@pytest.fixture
def desk(
    stack: RunningPlatform, course: None, newcomer: Person, new_page: Callable[[], Page]
) -> Workspace:
    page = new_page()
    sign_in(page, stack.base_url, *newcomer)
    page.goto(stack.base_url + LESSON)
    return Workspace(page, stack.base_url).wait_live()


def stored_submissions(stack: RunningPlatform, username: str) -> list[dict[str, Any]]:
    """The student's submissions in the lesson."""
    return list(json.loads(stack.manage("shell", "--no-imports", "-c", KEPT.format(name=username))))


def row(exercise: Locator, check: str) -> Locator:
    return exercise.locator(f"[data-of={check}]")


def test_hints_ticks_and_the_solution(
    stack: RunningPlatform, desk: Workspace, newcomer: Person
) -> None:
    complaints = watch_console(desk.page)
    exercise = desk.exercise("ticking")
    open_the_hints(desk, exercise)
    tick_the_first(desk, exercise)
    check_in_between(exercise)
    tick_the_rest(desk, exercise)
    read_the_solution(exercise)
    first, last = stored_submissions(stack, newcomer.username)
    assert (first["automatic"], first["score"], first["hint_cost"]) == (False, 0, 1)
    assert (last["automatic"], last["score"], last["number"]) == (True, 3, 2)
    assert complaints == []


def open_the_hints(desk: Workspace, exercise: Locator) -> None:
    """By keyboard; the second says its price before it takes it; both are there after a reload."""
    first, second = exercise.locator("[data-hint]").all()
    expect(second).to_be_hidden()
    assert "echo" not in first.inner_html()
    first.locator("summary").focus()
    desk.press("Enter")
    expect(first).to_contain_text("echo prints, and > keeps.")
    expect(second).to_contain_text("costs 1 point")
    second.locator("summary").focus()
    desk.press("Enter")
    expect(second).to_contain_text("takes 1 point off")
    assert "/root/one" not in second.inner_text()
    desk.press("Tab", "Enter")
    expect(second).to_contain_text("echo 1 > /root/one")
    desk.page.reload()
    desk.wait_live()
    for hint, text in zip(
        exercise.locator("[data-hint]").all(), ("keeps", "/root/one"), strict=True
    ):
        hint.locator("summary").click()
        expect(hint).to_contain_text(text)


def tick_the_first(desk: Workspace, exercise: Locator) -> None:
    """Nothing is handed in; what waits for it is looked at from then on."""
    desk.focus()
    desk.do("echo 1 > /root/one")
    expect(row(exercise, "one")).to_have_class(re.compile("result--passed"))
    expect(row(exercise, "two")).to_have_class(re.compile("result--open"))
    expect(exercise.locator("[data-status]")).to_have_text(
        "1 of 3 checks hold now. Nothing is handed in yet."
    )
    expect(exercise.locator("[data-score]")).to_have_text("4 points")
    assert desk.page.locator("#announce").inner_text().startswith("1 of 3")


def check_in_between(exercise: Locator) -> None:
    exercise.get_by_role("button", name="Check").click()
    expect(exercise.locator("[data-status]")).to_have_text("1 of 3 checks passed, 0 of 4 points.")
    expect(exercise.locator(".results")).to_contain_text("Hints took off 1 point.")
    secret = row(exercise, "secret")
    expect(secret).to_contain_text("hidden")
    expect(secret.locator("dt")).to_have_text(["Read"])
    expect(row(exercise, "two").locator("dt")).to_have_text(["Expected", "Found", "Read"])


def tick_the_rest(desk: Workspace, exercise: Locator) -> None:
    """Doing the task is enough."""
    desk.focus()
    desk.do("echo 2 > /root/two")
    expect(exercise.locator("[data-status]")).to_have_text(
        "Passed without pressing Check: 3 of 4 points."
    )
    expect(exercise).to_have_attribute("data-passed", "")
    expect(exercise.locator(".result--passed")).to_have_count(3)
    assert "root/two" not in row(exercise, "secret").inner_text()


def read_the_solution(exercise: Locator) -> None:
    solution = exercise.locator("[data-solution]")
    solution.locator("summary").click()
    expect(solution).to_contain_text("# the first")


def test_attempts_run_out_and_the_last_one_counts(desk: Workspace) -> None:
    exercise = desk.exercise("bounded")
    terms, status, button = (
        exercise.locator(selector) for selector in (".policy", "[data-status]", "[data-check]")
    )
    expect(terms).to_contain_text("2 attempts left")
    expect(terms).to_contain_text("The last attempt counts")
    expect(terms).to_contain_text(re.compile(r"Due .*2099.*Late answers lose 20 %"))
    desk.focus()
    desk.do("echo 3 > /root/three")
    button.click()
    expect(status).to_have_text("Passed, 2 of 2 points.")
    expect(terms).to_contain_text("1 attempt left")
    desk.focus()
    desk.do("echo 4 > /root/three")
    button.click()
    expect(status).to_have_text("0 of 1 check passed, 0 of 2 points.")
    expect(exercise.locator("[data-score]")).to_have_text("0 of 2 points · 2 attempts")
    expect(exercise.locator("[data-solution]")).to_be_visible()
    button.click()
    expect(status).to_have_text("All attempts are used up.")


def test_after_the_deadline(desk: Workspace) -> None:
    exercise = desk.exercise("closed")
    expect(exercise.locator(".policy")).to_contain_text(
        re.compile(r"Was due .*2020.*It is closed\.")
    )
    exercise.locator("[data-check]").click()
    expect(exercise.locator("[data-status]")).to_have_text("The deadline has passed.")


def test_what_waits_says_for_what(desk: Workspace) -> None:
    exercise = desk.exercise("ticking")
    exercise.locator("[data-check]").click()
    expect(exercise.locator("[data-status]")).to_have_text("0 of 3 checks passed, 0 of 4 points.")
    waiting = row(exercise, "two")
    expect(waiting).to_have_class(re.compile("result--waiting"))
    expect(waiting).to_contain_text("First: /root/one should hold a one.")


def test_ticking_can_be_turned_off(desk: Workspace) -> None:
    page = desk.page
    turn(page, "Off")
    page.reload()
    desk.wait_live()
    page.get_by_role("button", name="Appearance").click()
    expect(page.locator('input[name="auto-check"][value="off"]')).to_be_checked()
    page.keyboard.press("Escape")
    requests: list[str] = []
    page.on(
        "request",
        lambda request: requests.append(request.url) if request.url.endswith("/looks") else None,
    )
    desk.focus()
    desk.do("true")
    page.wait_for_timeout(4_000)  # longer than silence and calm together: nothing is to happen
    assert requests == []
    turn(page, "On")
    with page.expect_request("**/looks"):
        desk.focus()
        desk.do("true")


def turn(page: Page, state: str) -> None:
    page.get_by_role("button", name="Appearance").click()
    page.get_by_role("group", name="Tick exercises as I work").get_by_text(
        state, exact=True
    ).click()
    page.keyboard.press("Escape")
