"""No page breaks its own content security policy, and none asks for anything from elsewhere."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.support.browser.content_policy import WATCH
from tests.support.browser.people import Person
from tests.support.browser.workspace import COURSE, Workspace, sign_in
from tests.support.running_platform import RunningPlatform

NO_WEBGL = "HTMLCanvasElement.prototype.getContext = () => null;"
COLOURS = r"printf '\033[38;2;10;200;30mgreen\033[0m \033[48;5;17;93mblue\033[0m %s\n' sh''own"
PLAIN = [
    "/",
    "/accounts/sign-in/",
    "/accounts/sign-up/",
    "/accounts/password/reset/",
    "/nowhere/",
    "/api/docs",
]
SIGNED_IN = ["/", COURSE, "/accounts/profile/", "/nowhere/", "/api/docs"]
ADMIN = [
    "/admin/",
    "/admin/accounts/user/",
    "/admin/curriculum/course/",
    "/admin/curriculum/lesson/",
]


@pytest.fixture
def watched(page: Page, stack: RunningPlatform) -> Iterator[Page]:
    """A page that collects violations, and may not have asked anybody else for anything."""
    requests: list[str] = []
    page.add_init_script(WATCH)
    page.on("request", lambda request: requests.append(request.url))
    yield page
    local = (stack.base_url, stack.base_url.replace("http", "ws", 1), "data:", "blob:", "about:")
    assert [url for url in requests if not url.startswith(local)] == []


def violations(page: Page) -> list[str]:
    page.wait_for_load_state("networkidle")
    return list(page.evaluate("window.violations"))


def look_at(page: Page, base_url: str, paths: list[str]) -> dict[str, list[str]]:
    """What each page violates; pages that violate nothing are left out."""
    new_violations = {}
    for path in paths:
        page.goto(base_url + path)
        new_violations[path] = violations(page)
    return {path: those for path, those in new_violations.items() if those}


def test_pages_for_anybody(watched: Page, stack: RunningPlatform) -> None:
    assert look_at(watched, stack.base_url, PLAIN) == {}


def test_pages_of_a_student(
    watched: Page, stack: RunningPlatform, people: dict[str, Person]
) -> None:
    sign_in(watched, stack.base_url, *people["reader"])
    assert look_at(watched, stack.base_url, SIGNED_IN) == {}


@pytest.mark.parametrize("renderer", ["webgl", "dom"])
def test_the_lesson_with_its_terminal(
    renderer: str, watched: Page, stack: RunningPlatform, people: dict[str, Person]
) -> None:
    if renderer == "dom":
        watched.add_init_script(NO_WEBGL)
    sign_in(watched, stack.base_url, *people["reader"])
    lesson = Workspace(watched, stack.base_url).open()
    lesson.focus()
    lesson.enter(COLOURS)
    lesson.wait_line("green blue shown")
    assert violations(watched) == []
    assert watched.locator(".machine__screen style").count() > 0


def test_the_admin(watched: Page, stack: RunningPlatform) -> None:
    name, password = "policy-reader", "a-red-hull-in-dock"
    make = (
        f"from accounts.models import User; User.objects.create_superuser({name!r},"
        f" password={password!r})"
    )
    stack.manage("shell", "--no-imports", "-c", make)
    sign_in(watched, stack.base_url, name, password)
    assert look_at(watched, stack.base_url, ADMIN) == {}


def test_the_maintenance_page(watched: Page, stack: RunningPlatform) -> None:
    stack.manage("maintenance", "on")
    try:
        watched.goto(stack.base_url)
        assert watched.get_by_role("heading", name="Closed for a moment").is_visible()
        assert violations(watched) == []
    finally:
        stack.manage("maintenance", "off")
