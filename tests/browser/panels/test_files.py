"""Edit a Dockerfile in *Files* by keyboard and build it; decide over what somebody else has saved;
bring files in and out."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.browser.people import Person
from tests.support.browser.workspace import Workspace, sign_in, watch_console
from tests.support.running_platform import RunningPlatform

pytestmark = pytest.mark.timeout(360)

DOCKERFILE = """\
FROM drydock/busybox
RUN echo "made in Files" > /said
CMD ["cat", "/said"]
"""


@pytest.fixture
def page(
    stack: RunningPlatform, new_page: Callable[[], Page], newcomer: Person, docker_lesson: str
) -> Iterator[Page]:
    """The page of a lesson with a Docker machine that runs, *Files* open."""
    page = new_page()
    complaints = watch_console(page)
    sign_in(page, stack.base_url, *newcomer)
    page.goto(docker_lesson)
    Workspace(page, stack.base_url).wait_live()
    page.get_by_role("button", name="Files", exact=True).click()
    expect(row(page, ".bashrc")).to_be_visible()
    yield page
    assert complaints == []


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("treeitem", name=name, exact=True)


def status(page: Page) -> Locator:
    return page.locator(".files__status")


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.className"))


def test_a_dockerfile_is_written_by_keyboard_and_built(page: Page, stack: RunningPlatform) -> None:
    workspace, press = Workspace(page, stack.base_url), page.keyboard.press
    page.get_by_role("button", name="New file").focus()
    press("Enter")
    page.keyboard.type("site/Dockerfile\n")
    expect(status(page)).to_contain_text("/root/site/Dockerfile · Dockerfile · saved")
    expect(page.locator(".cm-content")).to_be_focused()
    page.keyboard.insert_text(DOCKERFILE)
    expect(page.get_by_role("tab", name="Dockerfile not saved")).to_be_visible()
    press("Control+s")
    expect(status(page)).to_contain_text("· saved")

    press("Tab")
    assert "cm-content" in focused(page)
    press("Control+z")
    press("Escape")
    press("Shift+Tab")
    assert "cm-content" not in focused(page)
    row(page, "Dockerfile").focus()
    for key, name in (("ArrowLeft", "site"), ("ArrowLeft", "site"), ("ArrowUp", ".docker")):
        press(key)
        expect(row(page, name)).to_be_focused()
    press("s")
    expect(row(page, "site")).to_be_focused()
    press("ArrowRight")
    press("ArrowRight")
    press("Enter")
    expect(status(page)).to_contain_text("Dockerfile")

    workspace.focus()
    built = workspace.run(
        "cd /root/site && docker build -q -t made . >/dev/null && docker run made"
    )
    assert built == "made in Files"


def test_nothing_is_lost_between_two_who_write(
    page: Page, stack: RunningPlatform, tmp_path: Path
) -> None:
    workspace = Workspace(page, stack.base_url)
    workspace.focus()
    workspace.do("mkdir site; printf 'one\\ntwo\\n' > site/notes; chmod 640 site/notes")
    page.get_by_role("button", name="Read the files again").click()
    row(page, "site").click()
    row(page, "notes").click()
    editor = page.locator(".cm-content")
    expect(editor).to_contain_text("two")

    # The terminal's version is seen when nothing was typed here …
    workspace.focus()
    workspace.do("echo three >> site/notes")
    page.get_by_role("button", name="Read the files again").click()
    expect(editor).to_contain_text("three")
    # … and asked about when something was.
    editor.click()
    page.keyboard.press("Control+End")
    page.keyboard.type("mine")
    workspace.focus()
    workspace.do("echo theirs >> site/notes")
    editor.click()
    page.keyboard.press("Control+s")
    expect(page.get_by_text("Something else has saved this file")).to_be_visible()
    expect(page.locator(".cm-deletedChunk")).to_contain_text("theirs")
    page.get_by_role("button", name="Keep mine").click()
    expect(status(page)).to_contain_text("· saved")
    workspace.focus()
    assert workspace.run("cat site/notes; stat -c %a site/notes") == "one\ntwo\nthree\nmine640"

    # What is not saved outlives a reload.
    editor.click()
    page.keyboard.type(" draft")
    expect(status(page)).to_contain_text("not saved")
    page.wait_for_function("() => JSON.stringify(sessionStorage).includes('draft')")
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    workspace.wait_live()
    expect(editor).to_contain_text("mine draft")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(status(page)).to_contain_text("· saved")

    content = bytes(range(256)) * 2_000
    local = tmp_path / "photo.bin"
    local.write_bytes(content)
    row(page, "site").click()
    page.locator(".files__tools input[type=file]").set_input_files(local)
    row(page, "photo.bin").click()
    with page.expect_download() as download:
        page.locator(".files__notice").get_by_role("button", name="Download").click()
    assert download.value.path().read_bytes() == content
    workspace.focus()
    assert workspace.run("grep -c draft site/notes; wc -c < site/photo.bin") == "1\n512000"
