"""The terminal under a person's hands: keys, programs, sizes, clipboard, search, links, letters of
all kinds."""

import hashlib

import pytest
from playwright.sync_api import Page, Route, expect

from tests.support.browser.workspace import Workspace

pytestmark = pytest.mark.timeout(180)
STUDENT = "typist"


# --- Keys -----------------------------------------------------------------------------------------


def test_arrows_walk_through_line_and_history(lesson: Workspace) -> None:
    lesson.enter("echo first")
    lesson.enter("echo second")
    lesson.wait_line("second")
    lesson.press("ArrowUp", "ArrowUp")
    lesson.wait_text("# echo first\nfirst\nroot@box:~# echo second\nsecond\nroot@box:~# echo first")
    lesson.press("Home", *["ArrowRight"] * 5, "Delete", "F", "End")
    lesson.enter(" again")
    lesson.wait_line("First again")


def test_tab_completes(lesson: Workspace) -> None:
    lesson.type("cat /etc/debian_ver")
    lesson.press("Tab")
    lesson.wait_text("cat /etc/debian_version")
    lesson.press("Enter")
    lesson.wait_prompt()
    assert "\n12." in lesson.text


def test_control_c_stops_what_waits(lesson: Workspace) -> None:
    # It says so itself: a Ctrl-C before bash has handed the terminal over would be bash's.
    lesson.enter("bash -c \"echo 'w'aiting; exec sleep 100\"; echo 'u'nstopped")
    lesson.wait_line("waiting")
    lesson.interrupt()
    lesson.enter("echo status $?")
    lesson.wait_line("status 130")
    assert "\nunstopped" not in lesson.text


def test_control_c_stops_what_floods(lesson: Workspace) -> None:
    lesson.enter("yes 'a flood of lines'")
    lesson.page.wait_for_function(
        "() => drydock.text('box').split('a flood of lines').length > 2000"
    )
    lesson.interrupt()
    assert lesson.run("echo dry") == "dry"


def test_vim_edits_and_writes(lesson: Workspace) -> None:
    lesson.run("rm -f /root/note")
    lesson.enter("vim /root/note")
    lesson.wait_text("[New]")
    lesson.type("iship ")
    lesson.page.keyboard.insert_text("größer als das Dock ⚓")
    lesson.press("Escape", "0", "x", "i", "S", "Escape")
    lesson.wait_text("Ship größer als das Dock ⚓")
    lesson.enter(":wq")
    lesson.wait_prompt()
    assert lesson.run("cat /root/note") == "Ship größer als das Dock ⚓"
    assert lesson.terminal("terminal.buffer.active.type") == "normal"


# --- Sizes ----------------------------------------------------------------------------------------


def test_the_machine_follows_the_window(lesson: Workspace) -> None:
    before = lesson.size()
    lesson.page.set_viewport_size({"width": 1000, "height": 600})
    lesson.page.wait_for_function(
        "before => drydock.terminals.get('box').terminal.cols < before", arg=before[0]
    )
    lesson.wait_size_told()
    lesson.page.set_viewport_size({"width": 1280, "height": 800})
    lesson.page.wait_for_function(
        "before => drydock.terminals.get('box').terminal.cols === before", arg=before[0]
    )
    lesson.wait_size_told()
    assert lesson.size() == before


def test_the_machine_follows_the_splitter(lesson: Workspace) -> None:
    before = lesson.size()
    place = lesson.page.locator("#splitter").bounding_box()
    assert place
    lesson.page.mouse.move(place["x"], 400)
    lesson.page.mouse.down()
    lesson.page.mouse.move(place["x"] - 150, 420, steps=6)
    lesson.page.mouse.up()
    lesson.page.wait_for_function(
        "before => drydock.terminals.get('box').terminal.cols > before", arg=before[0]
    )
    lesson.focus()
    lesson.wait_size_told()
    lesson.page.locator("#splitter").dblclick()
    lesson.page.wait_for_function(
        "before => drydock.terminals.get('box').terminal.cols === before", arg=before[0]
    )
    lesson.focus()
    lesson.wait_size_told()


def test_a_full_screen_program_follows(lesson: Workspace) -> None:
    lesson.enter("vim -u NONE -c 'set nowrap laststatus=2 statusline=%{&columns}x%{&lines}'")
    columns, rows = lesson.size()
    lesson.wait_text(f"{columns}x{rows}")
    lesson.page.set_viewport_size({"width": 1100, "height": 700})
    lesson.page.wait_for_function(
        """rows => { const { terminal } = drydock.terminals.get('box');
        return drydock.text('box').includes(`${terminal.cols}x${terminal.rows}`)
            && terminal.rows < rows; }""",
        arg=rows,
    )
    lesson.page.set_viewport_size({"width": 1280, "height": 800})
    lesson.wait_text(f"{columns}x{rows}")
    lesson.enter(":q!")
    lesson.wait_prompt()


# --- Clipboard ------------------------------------------------------------------------------------


def put_on_clipboard(page: Page, text: str) -> None:
    page.evaluate("text => navigator.clipboard.writeText(text)", text)


def clipboard(page: Page) -> str:
    return str(page.evaluate("() => navigator.clipboard.readText()"))


@pytest.mark.parametrize("size", [64 * 1024, 1024 * 1024])
def test_a_paste_arrives_intact(lesson: Workspace, size: int) -> None:
    pattern = "".join(f"{number:05} größer 漢字 🚢\n" for number in range(size // 20))
    text = pattern.encode()[:size].decode(errors="ignore")
    put_on_clipboard(lesson.page, text)
    expected = text.replace("\n", "\r").encode()  # Enter is what a terminal makes of a line's end
    lesson.enter(
        f"stty raw -echo; echo 'l'istening; head -c {len(expected)} > /root/pasted; stty sane"
    )
    lesson.wait_text("listening")
    lesson.press("Control+Shift+V")
    assert lesson.run("sha256sum < /root/pasted") == f"{hashlib.sha256(expected).hexdigest()}  -"


def test_a_paste_at_the_prompt_is_not_run(lesson: Workspace) -> None:
    """Bracketed paste: lines of a paste wait for Enter."""
    put_on_clipboard(lesson.page, "echo one\necho two")
    lesson.press("Control+Shift+V")
    lesson.wait_text("echo two")
    assert "\none\n" not in lesson.text
    lesson.press("Enter")
    lesson.wait_line("two")


def test_a_selection_is_copied(lesson: Workspace) -> None:
    lesson.enter("clear; echo 'c'argo-manifest")
    lesson.wait_line("cargo-manifest")
    row = lesson.text.split("\n").index("cargo-manifest")
    x, y = cell(lesson, 3, row)
    lesson.page.mouse.dblclick(x, y)
    lesson.press("Control+Shift+C")
    lesson.page.wait_for_function(
        "async () => (await navigator.clipboard.readText()) === 'cargo-manifest'"
    )
    assert lesson.run("echo unharmed") == "unharmed"


def cell(lesson: Workspace, column: int, row: int) -> tuple[float, float]:
    """Where on the page the middle of a cell of the screen is (row counted from the top of the
    scrollback)."""
    box = lesson.page.locator(".xterm-screen").bounding_box()
    assert box
    columns, rows = lesson.size()
    top = lesson.terminal("terminal.buffer.active.viewportY")
    return (
        box["x"] + (column + 0.5) * box["width"] / columns,
        box["y"] + (row - top + 0.5) * box["height"] / rows,
    )


def test_a_program_may_set_the_clipboard(lesson: Workspace) -> None:
    put_on_clipboard(lesson.page, "before")
    lesson.run("printf '\\033]52;c;%s\\a' \"$(printf 'from the box ⚓' | base64)\"")
    lesson.page.wait_for_function(
        "async () => (await navigator.clipboard.readText()) === 'from the box ⚓'"
    )


def test_a_program_may_not_read_the_clipboard(lesson: Workspace) -> None:
    put_on_clipboard(lesson.page, "a password")
    printed = lesson.run(
        "printf '\\033]52;c;?\\a'; read -rs -t 2 -n 8 answer; printf '<%q>\\n' \"$answer\""
    )
    assert "<''>" in printed


# --- Finding, reading, following ------------------------------------------------------------------


def test_the_search_bar_finds(lesson: Workspace) -> None:
    lesson.run("printf '\\141nchor %s\\n' 1 2 3")
    lesson.press("Control+Shift+F")
    box = lesson.page.get_by_label("Find in the terminal of box")
    expect(box).to_be_focused()
    lesson.type("anchor")
    matches = lesson.page.locator(".machine__matches")
    expect(matches).to_have_text("3 of 3")
    lesson.press("Shift+Enter")
    expect(matches).to_have_text("2 of 3")
    lesson.press("Enter")
    expect(matches).to_have_text("3 of 3")
    box.fill("walrus")
    expect(matches).to_have_text("Nothing")
    lesson.press("Escape")
    expect(box).to_be_hidden()
    assert lesson.run("echo typed into the terminal again") == "typed into the terminal again"


def test_screen_reader_mode(lesson: Workspace) -> None:
    button = lesson.page.get_by_role("button", name="Screen-reader mode")
    lesson.enter("echo 'r'ead me aloud")
    lesson.wait_line("read me aloud")
    rows = lesson.machine.locator(".xterm-accessibility-tree [role=listitem]")
    expect(rows).to_have_count(0)
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(rows.filter(has_text="read me aloud").first).to_be_attached()
    button.click()
    expect(button).to_have_attribute("aria-pressed", "false")
    expect(rows).to_have_count(0)


def test_an_address_is_a_link(lesson: Workspace) -> None:
    def answer(route: Route) -> None:
        route.fulfill(body="an example", content_type="text/plain")

    context = lesson.page.context
    context.route("https://example.org/**", answer)
    lesson.enter("clear; echo 's'ee https://example.org/dock")
    lesson.wait_line("see https://example.org/dock")
    x, y = cell(lesson, 12, lesson.text.split("\n").index("see https://example.org/dock"))
    point_at_link(lesson, x, y)
    with context.expect_page() as opened:
        lesson.page.mouse.click(x, y)
    expect(opened.value).to_have_url("https://example.org/dock")
    assert opened.value.evaluate("() => window.opener") is None
    opened.value.close()
    context.unroute("https://example.org/**")


def point_at_link(lesson: Workspace, x: float, y: float) -> None:
    """Move the mouse there from below, until the pointer shows that it is over a link. (xterm.js
    looks for links when the mouse comes to another line.)"""
    for _ in range(50):
        lesson.page.mouse.move(x, y + 60)
        lesson.page.mouse.move(x, y)
        if lesson.page.locator(".xterm-cursor-pointer").count():
            return
        lesson.page.wait_for_timeout(100)
    raise AssertionError("the address never became a link")


# --- Letters --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "width"),
    # As bash counts them: a joined emoji is its parts.
    [("漢字", 4), ("🚢", 2), ("👩‍🚀", 4), ("🇳🇴", 2), ("é", 1), ("ｱ", 1), ("❤️", 1)],
)
def test_letters_take_the_cells_they_need(lesson: Workspace, text: str, width: int) -> None:
    escaped = "".join(f"\\x{byte:02x}" for byte in text.encode())
    lesson.enter(f"clear; printf '{escaped}'; echo '|'end")
    lesson.wait_text(f"{text}|end")
    column = lesson.terminal("""(() => {
        const line = terminal.buffer.active.getLine(terminal.buffer.active.baseY);
        for (let x = 0; x < terminal.cols; x += 1) if (line.getCell(x).getChars() === '|') return x;
        return -1;
    })()""")
    assert column == width


def test_letters_are_typed_whole(lesson: Workspace) -> None:
    lesson.type("printf %s '")
    lesson.page.keyboard.insert_text("漢字 🚢 é")
    lesson.enter("' > /root/letters")
    assert (
        lesson.run("cat /root/letters; echo; wc -c < /root/letters")
        == f"漢字 🚢 é\n{len('漢字 🚢 é'.encode())}"
    )
