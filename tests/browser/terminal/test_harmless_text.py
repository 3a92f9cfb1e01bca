"""Text that goes through the clipboard can't press keys, whichever way it goes, with the browser's
clipboard and without."""

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.support.browser.workspace import Workspace, watch_console
from tests.support.running_platform import RunningPlatform

pytestmark = pytest.mark.timeout(360)
STUDENT = "clipper"

# As on a page that was loaded from an address of the local network by plain HTTP.
PLAIN_HTTP = """
Object.defineProperty(navigator, 'clipboard', { value: undefined });
Object.defineProperty(window, 'isSecureContext', { value: false });
"""
TRAP = "echo trap \x1b[201~; touch /root/owned\r"
PUT = "text => navigator.clipboard.writeText(text)"
READ = "() => navigator.clipboard.readText()"
# A paste, a drop or input of a touch keyboard's clipboard, on the terminal's field.
ENTER_TEXT = """([kind, text]) => {
    const field = document.querySelector('.xterm-helper-textarea');
    const data = new DataTransfer();
    data.setData('text/plain', text);
    const options = { bubbles: true, cancelable: true, composed: true };
    const event = kind === 'paste'
        ? new ClipboardEvent('paste', { ...options, clipboardData: data })
        : kind === 'drop'
            ? new DragEvent('drop', { ...options, dataTransfer: data })
            : new InputEvent('beforeinput', { ...options, inputType: kind, data: text });
    field.dispatchEvent(event);
}"""


@pytest.fixture(scope="module")
def plain(context: BrowserContext, stack: RunningPlatform, desk: Workspace) -> Workspace:
    """The same student's lesson where the browser has no clipboard for scripts."""
    page = context.new_page()
    page.add_init_script(PLAIN_HTTP)
    return Workspace(page, stack.base_url).open()


def read_clipboard(page: Page) -> str:
    page.bring_to_front()
    return str(page.evaluate(READ))


def test_a_paste_does_not_run_what_ends_it(lesson: Workspace) -> None:
    lesson.run("rm -f /root/owned")
    lesson.page.evaluate(PUT, TRAP)
    lesson.press("Control+Shift+V")
    lesson.wait_text("trap ␛[201~; touch /root/owned")
    lesson.interrupt()
    assert "No such file" in lesson.run("ls /root/owned")


@pytest.mark.parametrize("kind", ["paste", "drop", "insertFromPaste", "insertFromDrop"])
def test_every_way_in_is_harmless(lesson: Workspace, kind: str) -> None:
    controls = "".join(chr(code) for code in (*range(9), *range(14, 32), *range(127, 160)))
    lesson.page.evaluate(ENTER_TEXT, [kind, f": '{controls}' {kind}-arrived"])
    lesson.wait_text(f"{kind}-arrived")
    lesson.press("Enter")
    lesson.wait_prompt()
    assert f"␀␁␂␃␄␅␆␇␈␎␏␐␑␒␓␔␕␖␗␘␙␚␛␜␝␞␟␡{chr(0xFFFD) * 32}" in lesson.text.replace("\n", "")


def test_a_machine_can_not_plant_keys_in_the_clipboard(lesson: Workspace) -> None:
    lesson.page.evaluate(PUT, "before")
    lesson.run(
        "printf '\\033]52;c;%s\\a' \"$(printf 'a\\033[201~b\\003c\\177\\td\\n' | base64 -w0)\""
    )
    lesson.page.wait_for_function(
        "async () => (await navigator.clipboard.readText()) === 'a␛[201~b␃c␡\\td\\n'"
    )


@pytest.mark.parametrize("selection", ["c", "p", "", "s0"])
def test_a_machine_may_set_any_of_its_clipboards(lesson: Workspace, selection: str) -> None:
    text = f"from {selection or 'nowhere'}"
    lesson.run(f"printf '\\033]52;{selection};%s\\a' \"$(printf '{text}' | base64)\"")
    lesson.page.wait_for_function(
        "async text => (await navigator.clipboard.readText()) === text", arg=text
    )


def test_copying_works_without_the_browsers_clipboard(lesson: Workspace, plain: Workspace) -> None:
    complaints = watch_console(plain.page)
    plain.page.bring_to_front()
    block = plain.page.locator(".code:has(.code__copy)").first
    source = block.locator("pre").inner_text().strip()
    block.get_by_role("button", name="Copy").click()
    expect(block.locator(".code__copy")).to_have_text("Copied")
    assert read_clipboard(lesson.page).strip() == source

    plain.page.bring_to_front()
    plain.focus()
    plain.enter("clear; echo 'p'lain-words")
    plain.wait_line("plain-words")
    plain.page.evaluate(
        "() => { const { terminal } = drydock.terminals.get('box'); terminal.selectAll() }"
    )
    plain.press("Control+Shift+C")
    assert "plain-words" in read_clipboard(lesson.page)

    plain.page.bring_to_front()
    plain.focus()
    plain.run("printf '\\033]52;c;%s\\a' \"$(printf 'by a program' | base64)\"")
    offer = plain.page.get_by_role("button", name="Copy it")
    if offer.is_visible():  # the browser wants a click for it
        offer.click()
    assert read_clipboard(lesson.page) == "by a program"
    assert complaints == []


def test_what_can_not_be_copied_says_why(lesson: Workspace, plain: Workspace) -> None:
    plain.page.bring_to_front()
    plain.page.evaluate("() => { document.execCommand = () => false }")
    plain.page.locator(".code__copy").first.click()
    expect(plain.page.locator(".toast")).to_contain_text("over HTTPS")
    plain.focus()
    plain.run("printf '\\033]52;c;%s\\a' \"$(printf 'by a program' | base64)\"")
    plain.page.get_by_role("button", name="Copy it").click()
    expect(plain.page.locator(".toast")).to_contain_text("over HTTPS")
