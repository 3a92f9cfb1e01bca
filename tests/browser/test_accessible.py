"""axe-core finds no serious fault on any page: by day and by night, on a desk and on a phone, panels open and shut."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Person
from tests.browser.workspace import COURSE, LESSON, Workspace, sign_in
from tests.conftest import unavailable
from tests.running import RunningPlatform

AXE = Path(__file__).resolve().parents[2] / "node_modules/axe-core/axe.min.js"
SIZES = {"desk": (1440, 900), "phone": (390, 844)}
LOOKS = [(scheme, size) for scheme in ("light", "dark") for size in SIZES]
OUTSIDE = ("/", "/accounts/sign-in/", "/accounts/sign-up/", "/accounts/password/reset/", "/nothing-here/")
INSIDE = ("/", COURSE, "/accounts/profile/", "/accounts/password/", "/accounts/email/", "/accounts/tokens/",
          "/accounts/delete/", "/nothing-here/")  # fmt: skip
# xterm.js's own elements: its rows scroll, and the text field that takes the keys lies off the screen.
RUN = """async () => {
    const { violations } = await axe.run({ exclude: [".xterm"] });
    return violations.filter(({ impact }) => ["serious", "critical"].includes(impact))
        .map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`);
}"""

pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module", params=LOOKS, ids="-".join)
def reader(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page of somebody with a scheme and a device; nothing moves, so that no half-way colour is measured."""
    if not AXE.is_file():
        unavailable("axe-core is not installed: npm ci")
    scheme, size = request.param
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        has_touch=size == "phone",
        reduced_motion="reduce",
        bypass_csp=True,  # lets the test bring axe-core in
    )
    context.set_default_timeout(20_000)
    yield context.new_page()
    context.close()


def faults(page: Page) -> Any:
    page.add_script_tag(path=AXE)
    return page.evaluate(RUN)


def faults_of(page: Page, base_url: str, paths: tuple[str, ...]) -> dict[str, Any]:
    """What is found on each page, without those on which nothing is."""
    found = {}
    for path in paths:
        page.goto(base_url + path)
        found[path] = faults(page)
    return {path: what for path, what in found.items() if what}


def test_before_signing_in(stack: RunningPlatform, reader: Page) -> None:
    reader.context.clear_cookies()
    assert faults_of(reader, stack.base_url, OUTSIDE) == {}


def test_the_panel_of_appearance(stack: RunningPlatform, reader: Page) -> None:
    reader.goto(stack.base_url)
    reader.get_by_role("button", name="Appearance").click()
    assert faults(reader) == []


def test_signed_in(stack: RunningPlatform, people: dict[str, Person], reader: Page) -> None:
    reader.context.clear_cookies()
    sign_in(reader, stack.base_url, *people["reader"])
    assert faults_of(reader, stack.base_url, INSIDE) == {}


def test_the_workspace(stack: RunningPlatform, people: dict[str, Person], reader: Page) -> None:
    reader.context.clear_cookies()
    sign_in(reader, stack.base_url, *people["reader"])
    reader.goto(stack.base_url + LESSON)
    workspace = Workspace(reader, stack.base_url)
    workspace.check("who-is")
    assert faults(reader) == []
    reader.keyboard.press("?")
    reader.get_by_role("dialog", name="Keyboard shortcuts").wait_for()
    assert faults(reader) == []
    reader.keyboard.press("Escape")
    reader.keyboard.press("t")
    assert faults(reader) == []
