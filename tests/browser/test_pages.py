"""Every page on a phone and on a desk, light and dark: nothing sticks out or complains, and no
mouse is needed."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser.pages import PHONE, STICKS_OUT, tab_to
from tests.support.browser.people import Person
from tests.support.browser.workspace import COURSE, LESSON, Workspace, sign_in, watch_console
from tests.support.running_platform import RunningPlatform

pytestmark = pytest.mark.timeout(180)

DESK = {"width": 1440, "height": 900}

# Handlers and scripts in the HTML, which a strict content security policy would bar.
INLINE = """() => [
    ...[...document.querySelectorAll('*')].flatMap(element =>
        element.getAttributeNames().filter(name => name.startsWith('on'))
            .map(name => `${element.tagName} ${name}`)),
    ...[...document.querySelectorAll('[href^="javascript:"]')].map(element => element.outerHTML),
    ...[...document.querySelectorAll('script:not([src])')]
        .filter(script => !['importmap', 'application/json'].includes(script.type))
        .map(script => script.outerHTML),
]"""


@pytest.fixture(scope="module")
def signed_in(browser: Browser, stack: RunningPlatform, people: dict[str, Person]) -> Any:
    """The cookies of a student, for many pages."""
    context = browser.new_context()
    sign_in(context.new_page(), stack.base_url, *people["outsider"])
    state = context.storage_state()
    context.close()
    return state


def look_over(page: Page, complaints: list[str]) -> None:
    assert page.evaluate(STICKS_OUT) == []
    assert page.evaluate(INLINE) == []
    assert complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_every_page_fits_and_is_quiet(
    stack: RunningPlatform,
    new_page: Callable[..., Page],
    signed_in: Any,
    viewport: dict[str, int],
    scheme: str,
) -> None:
    options = {
        "viewport": viewport,
        "color_scheme": scheme,
        "is_mobile": viewport is PHONE,
        "has_touch": viewport is PHONE,
    }
    stranger = new_page(**options)
    complaints = watch_console(stranger)
    stranger.goto(f"{stack.base_url}/accounts/sign-in/")
    look_over(stranger, complaints)
    page = new_page(**options, storage_state=signed_in)
    complaints = watch_console(page)
    for path in ("/", COURSE):
        page.goto(stack.base_url + path)
        look_over(page, complaints)
    lesson = Workspace(page, stack.base_url).open()
    look_over(page, complaints)
    if viewport is PHONE:
        page.get_by_role("button", name="Terminal", exact=True).click()
        look_over(page, complaints)
    assert lesson.size()[0] > 30


def test_the_terminal_follows_light_and_dark(
    stack: RunningPlatform, new_page: Callable[..., Page], signed_in: Any
) -> None:
    lesson = Workspace(
        new_page(color_scheme="light", storage_state=signed_in), stack.base_url
    ).open()
    background = "terminal.options.theme.background"
    light = lesson.terminal(background)
    lesson.page.emulate_media(color_scheme="dark")
    lesson.page.wait_for_function(
        "light => drydock.terminals.get('box').terminal.options.theme.background !== light",
        arg=light,
    )
    lesson.page.emulate_media(color_scheme="light")
    lesson.page.wait_for_function(
        "light => drydock.terminals.get('box').terminal.options.theme.background === light",
        arg=light,
    )


def test_a_phone_shows_one_half_at_a_time(
    stack: RunningPlatform, new_page: Callable[..., Page], signed_in: Any
) -> None:
    page = new_page(viewport=PHONE, is_mobile=True, has_touch=True, storage_state=signed_in)
    lesson = Workspace(page, stack.base_url).open()
    text, bench = page.locator("#main"), page.locator("#terminal-pane")
    expect(text).to_be_visible()
    expect(bench).to_be_hidden()
    terminal_button = page.get_by_role("button", name="Terminal", exact=True)
    terminal_button.tap()
    expect(terminal_button).to_have_attribute("aria-pressed", "true")
    expect(text).to_be_hidden()
    expect(bench).to_be_visible()
    lesson.clear()
    lesson.wait_size_told()
    soft_keys(lesson)
    page.get_by_role("button", name="Lesson", exact=True).tap()
    expect(text).to_be_visible()
    block = page.locator(".code[data-run=box]").filter(has_text="whoami")
    block.get_by_role("button", name="Run").tap()
    expect(bench).to_be_visible()
    lesson.wait_line("root")


def soft_keys(lesson: Workspace) -> None:
    """Keys that a touch keyboard lacks: Tab completes, Ctrl holds for one key, Up brings the last
    line back."""
    page = lesson.page
    lesson.type("echo 'o'nce /etc/debian_ver")
    page.get_by_role("button", name="Tab", exact=True).tap()
    lesson.wait_text("/etc/debian_version")
    lesson.press("Enter")
    lesson.wait_line("once /etc/debian_version")
    lesson.enter("sleep 100")
    page.get_by_role("button", name=re.compile("^Ctrl")).tap()
    lesson.type("c")
    lesson.wait_text("^C\n")
    lesson.wait_prompt()
    lesson.enter("clear")
    page.get_by_role("button", name="Up", exact=True).tap()
    page.get_by_role("button", name="Up", exact=True).tap()
    lesson.wait_text("# sleep 100")
    lesson.press("Control+c")


# --- Without a mouse ------------------------------------------------------------------------------


def test_the_splitter_moves_by_keyboard(
    stack: RunningPlatform, new_page: Callable[..., Page], signed_in: Any
) -> None:
    page = new_page(viewport=DESK, storage_state=signed_in)
    Workspace(page, stack.base_url).open()
    splitter = page.get_by_role("separator", name="Width of the lesson")
    splitter.focus()
    for keys, percent in (
        (["ArrowRight"], 52),
        (["Shift+ArrowLeft"], 42),
        (["Home"], 25),
        (["End"], 75),
    ):
        for key in keys:
            page.keyboard.press(key)
        expect(splitter).to_have_attribute("aria-valuenow", str(percent))
        assert lesson_share(page) == pytest.approx(percent, abs=1)
    page.reload()
    expect(splitter).to_have_attribute("aria-valuenow", "75")
    splitter.focus()
    page.keyboard.press("Enter")
    expect(splitter).to_have_attribute("aria-valuenow", "50")


def lesson_share(page: Page) -> float:
    """Width of the text, in percent of the workspace's."""
    widths = [page.locator(selector).bounding_box() for selector in ("#main", "#workspace")]
    assert widths[0]
    assert widths[1]
    return 100 * widths[0]["width"] / widths[1]["width"]


def test_the_whole_way_by_keyboard(
    stack: RunningPlatform, new_page: Callable[..., Page], people: dict[str, Person]
) -> None:
    page = new_page(
        viewport=DESK, reduced_motion="reduce"
    )  # a mark that fades in is not there at once
    keys = page.keyboard
    page.goto(f"{stack.base_url}/accounts/sign-in/")
    expect(page.get_by_label("User name")).to_be_focused()
    keys.type(people["outsider"].username)
    keys.press("Tab")
    keys.type(people["outsider"].password)
    keys.press("Enter")
    expect(page.get_by_role("heading", name="Courses", exact=True)).to_be_visible()
    assert tab_to(page, "Skip to the content") == 1
    tab_to(page, "Virtual machines and containers")
    keys.press("Enter")
    page.wait_for_url(f"**{COURSE}")
    tab_to(page, "Your first container")
    keys.press("Enter")
    page.wait_for_url(f"**{LESSON}")
    lesson = Workspace(page, stack.base_url).wait_live()
    skip_and_check(lesson)
    cross_over(lesson)


def skip_and_check(lesson: Workspace) -> None:
    page = lesson.page
    tab_to(page, "Skip to the content")
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    tab_to(page, "Check A process of your own")
    page.keyboard.press("Enter")
    status = lesson.exercise("a-process-of-your-own").locator("[data-status]")
    expect(status).to_have_text(re.compile(r"points\.$"))
    expect(page.locator("#announce")).to_have_text(re.compile(r"points\.$"))


def cross_over(lesson: Workspace) -> None:
    """F6 goes to the terminal and back to where one was: in there, Tab belongs to the machine."""
    page = lesson.page
    page.keyboard.press("F6")
    expect(lesson.machine.locator(".xterm-helper-textarea")).to_be_focused()
    lesson.clear()
    lesson.type("cat /etc/debian_ver")
    lesson.press("Tab")
    lesson.wait_text("cat /etc/debian_version")
    lesson.press("Control+c")
    page.keyboard.press("F6")
    expect(page.get_by_role("button", name="Check A process of your own")).to_be_focused()
