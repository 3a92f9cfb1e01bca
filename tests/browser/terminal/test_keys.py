"""Keys and wheel: ways out of the terminal and back, what the browser keeps, input methods,
programs that fill the screen; asking before the page goes."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser.workspace import Workspace

pytestmark = pytest.mark.timeout(360)
STUDENT = "leaver"

FOCUSED_IN_TERMINAL = "() => document.activeElement.classList.contains('xterm-helper-textarea')"


# --- Out of the terminal and back ----------------------------------------------------------------


@pytest.mark.parametrize("way_out", ["F6", "Control+Shift+L"])
def test_the_keyboard_alone_comes_back_to_where_it_was(lesson: Workspace, way_out: str) -> None:
    page = lesson.page
    button = page.locator(".code[data-run=box] .code__run").nth(1)
    page.locator(".code[data-run=box] pre").nth(1).evaluate("pre => { pre.textContent = 'true' }")
    button.scroll_into_view_if_needed()
    button.focus()
    top = page.locator("#main").evaluate("main => main.scrollTop")
    lesson.press("Enter")
    page.wait_for_function(FOCUSED_IN_TERMINAL)
    hint = page.locator("#terminal-hint")
    expect(hint).to_be_visible()
    expect(hint).to_contain_text("F6 or Ctrl Shift L leaves the terminal")
    lesson.press(way_out)
    expect(button).to_be_focused()
    assert page.locator("#main").evaluate("main => main.scrollTop") == top
    expect(hint).to_be_hidden()
    lesson.press("F6")
    page.wait_for_function(FOCUSED_IN_TERMINAL)
    assert lesson.run("echo unharmed") == "unharmed"


def test_the_way_out_is_told_to_screen_readers(lesson: Workspace) -> None:
    field = lesson.machine.locator(".xterm-helper-textarea")
    expect(field).to_have_accessible_description(re.compile("F6 .* leaves the terminal"))


# --- What the browser keeps for itself -----------------------------------------------------------


@pytest.mark.parametrize(("key", "sent"), [("w", "^W"), ("t", "^T"), ("n", "^N")])
def test_control_keys_that_the_browser_keeps_can_be_sent(
    lesson: Workspace, key: str, sent: str
) -> None:
    lesson.enter("cat -v")
    lesson.page.wait_for_function("() => drydock.terminals.get('box').hasProgram")
    lesson.press("Control+v", f"Control+Alt+{key}", "Enter")
    lesson.wait_line(sent)
    opener = lesson.page.get_by_role("button", name="Keys that the browser keeps")
    lesson.press("Control+v")
    opener.click()
    lesson.page.get_by_role("button", name=f"Ctrl {key.upper()}", exact=True).click()
    lesson.page.wait_for_function(FOCUSED_IN_TERMINAL)
    lesson.type("!")
    lesson.press("Enter")
    lesson.wait_line(f"{sent}!")
    lesson.interrupt()


def test_the_list_of_shortcuts_says_what_the_browser_keeps(lesson: Workspace) -> None:
    lesson.press("F6")
    lesson.page.keyboard.press("?")
    dialog = lesson.page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(dialog).to_contain_text("Ctrl-W closes the tab")
    expect(dialog).to_contain_text("back to the text")
    lesson.press("Escape")


# --- Leaving -------------------------------------------------------------------------------------


def asks_before_reload(page: Page) -> bool:
    """Whether the browser asks; the answer is to stay."""
    asked: list[str] = []

    def stay(dialog: Any) -> None:
        asked.append(dialog.type)
        dialog.dismiss() if dialog.type == "beforeunload" else dialog.accept()

    page.on("dialog", stay)
    page.evaluate("() => { window.stillThisPage = true; setTimeout(() => location.reload(), 0) }")
    page.wait_for_timeout(1_500)
    page.remove_listener("dialog", stay)
    return asked == ["beforeunload"]


@pytest.mark.parametrize(
    ("program", "leave"), [("nano /root/z", "Control+x"), ("sleep 300", "Control+c")]
)
def test_leaving_asks_while_a_program_runs(lesson: Workspace, program: str, leave: str) -> None:
    lesson.enter(program)
    lesson.page.wait_for_function("() => drydock.terminals.get('box').hasProgram")
    assert asks_before_reload(lesson.page)
    assert lesson.page.evaluate("() => window.stillThisPage")
    lesson.focus()
    lesson.press(leave)
    lesson.wait_prompt()


def test_leaving_does_not_ask_at_the_prompt(lesson: Workspace) -> None:
    lesson.do("sleep 300 &")
    assert not asks_before_reload(lesson.page)
    lesson.wait_live()
    lesson.focus()
    lesson.do("kill %1")


# --- Input methods -------------------------------------------------------------------------------


def test_two_letters_at_once_of_an_input_method_both_arrive(lesson: Workspace) -> None:
    """Key 229 twice before anything else gets its turn, as fast touch keyboards send it."""
    lesson.page.evaluate(
        """() => {
            const field = document.querySelector('.xterm-helper-textarea');
            const key = { key: 'Unidentified', keyCode: 229, which: 229, bubbles: true };
            for (const letter of 'ab') field.dispatchEvent(new KeyboardEvent('keydown', key));
            for (const letter of 'ab') {
                field.value += letter;
                field.dispatchEvent(new InputEvent('input',
                    { inputType: 'insertText', data: letter, bubbles: true, composed: true }));
            }
            field.dispatchEvent(new KeyboardEvent('keyup', key));
        }"""
    )
    lesson.wait_text("root@box:~# ab")
    lesson.page.wait_for_timeout(200)
    assert lesson.text.endswith("# ab")
    lesson.press("Backspace")
    lesson.wait_text("# a")


def test_a_composition_arrives_once(lesson: Workspace) -> None:
    session = lesson.page.context.new_cdp_session(lesson.page)
    session.send("Input.imeSetComposition", {"text": "に", "selectionStart": 1, "selectionEnd": 1})
    session.send(
        "Input.imeSetComposition", {"text": "日本", "selectionStart": 2, "selectionEnd": 2}
    )
    session.send("Input.insertText", {"text": "日本"})
    lesson.wait_text("# 日本")
    lesson.page.wait_for_timeout(200)
    assert lesson.text.endswith("# 日本")


# --- Wheel and widths ----------------------------------------------------------------------------


def test_a_notch_of_the_wheel_scrolls_less_by_three_lines(lesson: Workspace) -> None:
    lesson.enter("seq 1000 | less")
    lesson.wait_line("1")
    screen = lesson.page.locator(".xterm-screen").bounding_box()
    assert screen
    lesson.page.mouse.move(screen["x"] + 50, screen["y"] + 50)
    lesson.page.mouse.wheel(0, 120)
    lesson.page.wait_for_function("() => drydock.text('box').startsWith('4\\n')")
    lesson.page.mouse.wheel(0, 120)
    lesson.page.mouse.wheel(0, 120)
    lesson.page.wait_for_function("() => drydock.text('box').startsWith('10\\n')")
    lesson.page.mouse.wheel(0, -120)
    lesson.page.wait_for_function("() => drydock.text('box').startsWith('7\\n')")
    lesson.type("q")
    lesson.wait_prompt()


@pytest.mark.parametrize(
    "text", ["❤️❤️ab", "🇳🇴ab", "👍🏽ab", "👩‍🚀ab", "漢字ab", "e\u0301ab", "→°ab"]
)
def test_page_and_shell_agree_where_a_line_is_edited(lesson: Workspace, text: str) -> None:
    lesson.type("echo ")
    lesson.page.keyboard.insert_text(text)
    lesson.press("ArrowLeft", "ArrowLeft", "Backspace")
    lesson.type("Z")
    lesson.press("Home", "End")
    lesson.type("!")
    lesson.wait_text("Zab!")
    shown = lesson.text.split("# echo ")[-1]
    assert shown != text
    lesson.press("Enter")
    # What the shell has read is what the page has shown.
    lesson.wait_line(shown)


def test_programs_find_true_colour(lesson: Workspace) -> None:
    assert lesson.run("echo $COLORTERM") == "truecolor"
