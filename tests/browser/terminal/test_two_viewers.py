"""Two pages show one terminal: one of them answers, and the terminal has its size."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.support.browser.people import Person
from tests.support.browser.workspace import LESSON, PATIENCE_MS, Workspace, sign_in
from tests.support.running_platform import RunningPlatform

pytestmark = pytest.mark.timeout(240)

PHONE = {"width": 390, "height": 844}
SIZE = "[terminal.cols, terminal.rows]"
# A program that asks two questions, and counts what it is answered within a second and a half.
ASK = (
    r"old=$(stty -g); stty raw -echo min 0 time 15; printf '\e[6n\e[c'; heard=$(cat); stty $old;"
    r" echo $(grep -o R <<<$heard | wc -l) $(grep -o c <<<$heard | wc -l)"
)


@pytest.fixture(scope="module")
def desktop(open_workspace: Callable[[str], Workspace]) -> Workspace:
    return open_workspace("twin")


@pytest.fixture
def tab(desktop: Workspace) -> Iterator[Workspace]:
    """The same lesson in a second tab, which only looks so far."""
    page = desktop.page.context.new_page()
    yield Workspace(page, desktop.base_url).open()
    page.close()


@pytest.fixture
def phone(
    browser: Browser, stack: RunningPlatform, people: dict[str, Person], desktop: Workspace
) -> Iterator[Page]:
    context = browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True)
    page = context.new_page()
    sign_in(page, stack.base_url, *people["twin"])
    yield page
    context.close()


def note(workspace: Workspace) -> Locator:
    return workspace.machine.locator("[data-size-note]")


def wait_size(workspace: Workspace, size: list[int]) -> None:
    workspace.page.wait_for_function(
        "([cols, rows]) => { const { terminal } = drydock.terminals.get('box');"
        " return terminal.cols === cols && terminal.rows === rows }",
        arg=size,
        timeout=PATIENCE_MS,
    )


def test_a_program_is_answered_once(desktop: Workspace, tab: Workspace) -> None:
    desktop.clear()
    assert desktop.run(ASK) == "1 1"
    tab.page.bring_to_front()
    tab.focus()
    assert tab.run(ASK) == "1 1"
    desktop.page.bring_to_front()
    desktop.focus()
    assert desktop.run(ASK) == "1 1"


def test_vim_writes_what_was_typed_with_two_tabs_open(desktop: Workspace, tab: Workspace) -> None:
    desktop.page.bring_to_front()
    desktop.clear()
    desktop.do("rm -f x.txt")
    desktop.enter("vim x.txt")
    desktop.wait_text("[New]")
    desktop.type("ihello")
    desktop.wait_text("hello")
    desktop.press("Escape")
    desktop.enter(":wq")
    desktop.wait_prompt()
    assert desktop.run("cat x.txt") == "hello"
    assert tab.text == desktop.text


def test_a_phone_that_looks_leaves_the_desktops_size(desktop: Workspace, phone: Page) -> None:
    desktop.page.bring_to_front()
    desktop.clear()
    size = desktop.terminal(SIZE)
    other = show_terminal(phone, desktop.base_url)
    wait_size(other, size)
    assert desktop.terminal(SIZE) == size
    expect(note(other)).to_contain_text(f"{size[0]} × {size[1]}")
    expect(note(desktop)).to_be_hidden()
    assert fits(other) or scrolls(other)
    assert desktop.run("stty size") == f"{size[1]} {size[0]}"


def test_the_size_follows_who_types_and_comes_back(desktop: Workspace, phone: Page) -> None:
    desktop.page.bring_to_front()
    desktop.clear()
    size = desktop.terminal(SIZE)
    other = show_terminal(phone, desktop.base_url)
    wait_size(other, size)
    other.focus()
    other.enter("echo from the phone")
    desktop.wait_line("from the phone")
    expect(note(other)).to_be_hidden()
    expect(note(desktop)).to_be_visible()
    small = other.terminal(SIZE)
    assert small[0] < size[0]
    wait_size(desktop, small)
    phone.close()
    wait_size(desktop, size)
    expect(note(desktop)).to_be_hidden()


def test_a_page_that_is_loaded_again_has_its_size_and_answers(desktop: Workspace) -> None:
    desktop.page.reload()
    desktop.wait_live()
    desktop.focus()
    expect(note(desktop)).to_be_hidden()
    assert desktop.run(ASK) == "1 1"


def show_terminal(page: Page, base_url: str) -> Workspace:
    """Open the lesson on a phone, at its terminal."""
    page.goto(base_url + LESSON)
    page.wait_for_function("() => Boolean(window.drydock)")
    page.get_by_role("button", name="Terminal", exact=True).tap()
    return Workspace(page, base_url).wait_live()


def fits(workspace: Workspace) -> bool:
    return bool(
        workspace.page.evaluate(
            "() => { const screen = document.querySelector('.machine__screen');"
            " return screen.scrollWidth <= screen.clientWidth }"
        )
    )


def scrolls(workspace: Workspace) -> bool:
    return bool(
        workspace.page.evaluate(
            "() => getComputedStyle(document.querySelector('.machine__screen')).overflowX"
            " === 'auto'"
        )
    )
