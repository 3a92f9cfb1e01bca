"""The main job, from signing in to a graded task, driven as a student would; and that it is nobody
else's."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.browser.people import Person
from tests.support.browser.workspace import LESSON, Workspace, sign_in, watch_console
from tests.support.clients.api import LiveStudent
from tests.support.clients.websocket import WebSocket, WebSocketClosed
from tests.support.running_platform import RunningPlatform

pytestmark = pytest.mark.timeout(240)

PROCESS, TOOL, LIMITS = "a-process-of-your-own", "who-is", "read-your-limits"


def test_a_student_does_the_lesson(stack: RunningPlatform, page: Page, newcomer: Person) -> None:
    complaints = watch_console(page)
    lesson = find_the_lesson(stack, page, newcomer)
    expect(lesson.bar).to_have_text("Your machine is running")
    click_into_the_terminal(lesson)
    guess_first(lesson)
    fail_first(lesson)
    light_the_lighthouse(lesson)
    write_the_tool(lesson)
    read_the_limits(lesson)
    run_a_block(lesson)
    come_back_after_a_reload(lesson)
    sign_out(lesson)
    assert complaints == []


def find_the_lesson(stack: RunningPlatform, page: Page, student: Person) -> Workspace:
    """Sign in, catalogue, course, lesson: by clicking."""
    sign_in(page, stack.base_url, *student)
    page.get_by_role("link", name="Virtual machines and containers", exact=True).click()
    expect(page.get_by_role("heading", name="Virtual machines and containers")).to_be_visible()
    page.get_by_role("link", name="Your first container", exact=True).first.click()
    expect(page.get_by_role("heading", name="Your first container")).to_be_visible()
    assert page.url == stack.base_url + LESSON
    return Workspace(page, stack.base_url).wait_live()


def click_into_the_terminal(lesson: Workspace) -> None:
    lesson.page.locator(".xterm-screen").click()
    assert lesson.run("whoami; hostname") == "root\nbox"


def guess_of(lesson: Workspace) -> Locator:
    return lesson.page.get_by_label("Your guess: How many processes are running in the box?")


def guess_first(lesson: Workspace) -> None:
    guess_of(lesson).fill("a hundred")


def fail_first(lesson: Workspace) -> None:
    """With nothing done, *Check* says what was expected, what was found, and what to read."""
    status = lesson.check(PROCESS)
    expect(status).to_have_text("0 of 2 checks passed, 0 of 3 points.")
    exercise = lesson.exercise(PROCESS)
    details = exercise.locator(".result__detail")
    expect(details).to_have_count(2)
    expect(details.first.locator("dt")).to_have_text(["Expected", "Found", "Read"])
    assert all(text.strip() for text in details.first.locator("dd").all_inner_texts())
    expect(details.first.locator("dd").first).to_have_text(
        "a running process named lighthouse with “lighthouse infinity” in its command line"
    )
    details.first.get_by_role("link", name="Count the processes", exact=True).click()
    expect(lesson.page.get_by_role("heading", name="Count the processes")).to_be_in_viewport()
    expect(exercise.locator("[data-score]")).to_have_text("0 of 3 points · 1 attempt")
    assert not exercise.evaluate("root => root.hasAttribute('data-passed')")


def assert_turns_green(lesson: Workspace, slug: str, points: int) -> None:
    status = lesson.check(slug)
    expect(status).to_have_text(f"Passed, {points} of {points} points.")
    exercise = lesson.exercise(slug)
    expect(exercise).to_have_attribute("data-passed", "")
    expect(exercise.locator(".result:not(.result--passed)")).to_have_count(0)
    assert is_green(status.evaluate("element => getComputedStyle(element).color"))


def is_green(colour: str) -> bool:
    """Whether a computed colour, "rgb(r, g, b)", has more green in it than red and blue."""
    red, green, blue = (int(part) for part in re.findall(r"\d+", colour)[:3])
    return green > red and green > blue


def light_the_lighthouse(lesson: Workspace) -> None:
    lesson.focus()
    lesson.enter("cp /usr/bin/sleep /root/lighthouse")
    lesson.enter("/root/lighthouse infinity &")
    lesson.enter("cat /proc/1/comm > /root/first-process")
    assert "lighthouse infinity" in lesson.run("ps -eo args")
    assert_turns_green(lesson, PROCESS, 3)
    expect(lesson.exercise(PROCESS).locator("[data-score]")).to_have_text(
        "3 of 3 points · 2 attempts"
    )


def write_the_tool(lesson: Workspace) -> None:
    """In vim, as somebody would."""
    lesson.focus()
    lesson.enter("vim /root/who-is")
    lesson.wait_text("[New]")
    lesson.press("i")
    lesson.enter("#!/bin/sh")
    lesson.type('cat "/proc/$1/comm"')
    lesson.press("Escape")
    lesson.enter(":wq")
    lesson.wait_prompt()
    lesson.enter("chmod +x /root/who-is")
    assert lesson.run("/root/who-is 1") == "ptyd"
    assert_turns_green(lesson, TOOL, 4)


def read_the_limits(lesson: Workspace) -> None:
    lesson.focus()
    lesson.enter("cd /sys/fs/cgroup")
    lesson.enter("cat memory/memory.limit_in_bytes memory.max 2>/dev/null > /root/memory-limit")
    lesson.enter("cat pids/pids.max pids.max 2>/dev/null > /root/process-limit")
    lesson.enter("cd; uname -r > kernel")
    lesson.run("wc -l memory-limit process-limit kernel")
    assert_turns_green(lesson, LIMITS, 4)
    expect(lesson.page.locator("[data-progress]")).to_have_text("3 of 4 exercises passed")


def run_a_block(lesson: Workspace) -> None:
    """*Run* types a block's command into its machine."""
    lesson.clear()
    block = lesson.page.locator(".code[data-run=box]").filter(has_text="head -n 2 /etc/os-release")
    block.get_by_role("button", name="Run").click()
    lesson.wait_text('NAME="Debian GNU/Linux"')
    expect(lesson.machine.locator(".xterm-helper-textarea")).to_be_focused()


def screen(lesson: Workspace) -> list[Any]:
    """What the terminal shows: its text, the cursor, the size."""
    cursor = lesson.terminal("[terminal.buffer.active.cursorX, terminal.buffer.active.cursorY]")
    return [lesson.text, cursor, lesson.size()]


def come_back_after_a_reload(lesson: Workspace) -> None:
    """The same shell with the same screen, and the results still there."""
    lesson.run("MEANWHILE=yes; seq 1 60 | sed 's/$/ α 漢字/'")
    lesson.type("echo half a li")
    lesson.wait_text("# echo half a li")
    before = screen(lesson)
    lesson.page.reload()
    lesson.wait_live()
    lesson.wait_text("# echo half a li")
    assert screen(lesson) == before
    expect(guess_of(lesson)).to_have_value("a hundred")
    lesson.focus()
    lesson.enter("ne")
    lesson.wait_line("half a line")
    assert lesson.run("echo $MEANWHILE") == "yes"
    for slug, points in ((PROCESS, 3), (TOOL, 4), (LIMITS, 4)):
        status = lesson.exercise(slug).locator("[data-status]")
        expect(status).to_have_text(f"Passed, {points} of {points} points.")
    expect(lesson.page.locator("[data-progress]")).to_have_text("3 of 4 exercises passed")


def sign_out(lesson: Workspace) -> None:
    lesson.page.get_by_role("button", name="Sign out").click()
    expect(lesson.page.get_by_role("heading", name="Sign in")).to_be_visible()
    lesson.page.goto(lesson.base_url + LESSON)
    expect(lesson.page.get_by_role("heading", name="Sign in")).to_be_visible()


# --- Nobody else's --------------------------------------------------------------------------------

OPEN_SOCKET = """([url, protocols]) => new Promise(done => {
    const socket = new WebSocket(url, protocols);
    socket.onopen = () => socket.send(JSON.stringify({type: "resume", seq: 0, cols: 80, rows: 24}));
    socket.onclose = event => done(event.code);
    socket.onmessage = event => event.data instanceof Blob && done("it talked");
})"""


@pytest.fixture
def theirs(stack: RunningPlatform, people: dict[str, Person]) -> dict[str, Any]:
    """The first student's sandbox, and the result of a check."""
    owner = LiveStudent(stack.base_url, *people["worker"])
    sandbox = owner.ready_sandbox()
    submission = owner.check(PROCESS)
    return {
        "sandbox": sandbox["id"],
        "terminal": sandbox["machines"][0]["terminal"],
        "submission": submission["id"],
    }


def test_another_student_is_told_that_it_does_not_exist(
    stack: RunningPlatform, people: dict[str, Person], theirs: dict[str, Any]
) -> None:
    other = LiveStudent(stack.base_url, *people["outsider"])
    sandbox = f"/sandboxes/{theirs['sandbox']}"
    calls = [("GET", sandbox), ("DELETE", sandbox), ("GET", f"/submissions/{theirs['submission']}")]
    calls += [("POST", f"{sandbox}/{verb}") for verb in ("reset", "extend", "wake")]
    answers = {call: other.call(*call).status_code for call in calls}
    assert answers == dict.fromkeys(calls, 404)
    owner = LiveStudent(stack.base_url, *people["worker"])
    assert owner.sandbox(theirs["sandbox"])["state"] == "ready"


def test_another_student_gets_404_on_the_websocket(
    stack: RunningPlatform, people: dict[str, Person], theirs: dict[str, Any]
) -> None:
    other = LiveStudent(stack.base_url, *people["outsider"])
    assert denial(other, theirs["terminal"]) == 404
    assert denial(other, theirs["terminal"] + "?role=watch") == 404


def test_a_page_of_another_student_gets_4004(
    stack: RunningPlatform,
    new_page: Callable[[], Page],
    people: dict[str, Person],
    theirs: dict[str, Any],
) -> None:
    page = new_page()
    sign_in(page, stack.base_url, *people["outsider"])
    url = stack.base_url.replace("http", "ws", 1) + theirs["terminal"]
    assert page.evaluate(OPEN_SOCKET, [url, ["drydock.v1"]]) == 4004
    assert page.evaluate(OPEN_SOCKET, [url, []]) == 1006
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert page.evaluate(OPEN_SOCKET, [url, ["drydock.v1"]]) == 4001


def test_whoever_is_signed_out_is_refused(stack: RunningPlatform, theirs: dict[str, Any]) -> None:
    with pytest.raises(WebSocketClosed) as refusal:
        WebSocket(int(stack.base_url.rsplit(":", 1)[1]), theirs["terminal"])
    assert refusal.value.code == 403


def denial(student: LiveStudent, path: str) -> int:
    """The HTTP status that a websocket without a subprotocol is refused with."""
    with pytest.raises(WebSocketClosed) as refusal:
        WebSocket(student.port, path, cookie=student.cookie)
    return refusal.value.code
