"""*Run* as a person uses it: a block arrives as a paste does where it can be run, or not at all."""

import hashlib

import pytest
from playwright.sync_api import Locator, expect

from tests.support.browser.workspace import Workspace

pytestmark = pytest.mark.timeout(360)
STUDENT = "runner"

# Puts a text into the lesson's first block that can be run.
CHANGE_BLOCK = """text => {
    const block = document.querySelector('.code[data-run=box]');
    block.querySelector('pre').textContent = text;
}"""
MAKEFILE = "cat > /root/Makefile <<'END'\nall:\n\techo built\nEND"


def run_block(lesson: Workspace, text: str) -> Locator:
    """Press *Run* on a block of this text; returns its button."""
    lesson.page.evaluate(CHANGE_BLOCK, text)
    button = lesson.page.locator(".code[data-run=box] .code__run").first
    button.click()
    return button


def run_at_once(lesson: Workspace, text: str) -> None:
    """The same where the block can be run, and wait until it was sent."""
    expect(run_block(lesson, text)).to_have_text("Sent")


def told(lesson: Workspace) -> Locator:
    return lesson.page.locator("#toasts .toast")


def test_tabs_of_a_block_arrive(lesson: Workspace) -> None:
    run_at_once(lesson, MAKEFILE)
    lesson.wait_text("END\nroot@box:~#")
    assert lesson.run("grep -c \"$(printf '\\t')echo built\" /root/Makefile") == "1"
    assert lesson.page.locator(".xterm-helper-textarea").first.evaluate(
        "field => field === document.activeElement"
    )


@pytest.mark.parametrize("shell", ["INPUTRC=/root/plain bash --norc", "dash"])
def test_tabs_arrive_where_pastes_are_not_marked(lesson: Workspace, shell: str) -> None:
    lesson.do("echo set enable-bracketed-paste off > /root/plain")
    lesson.enter(shell)
    lesson.page.wait_for_function("() => drydock.terminals.get('box').hasProgram")
    run_at_once(lesson, "cat > /root/tabs <<'END'\n\ta\tb\nEND\necho 'w'ritten")
    lesson.wait_text("written")  # behind a prompt, of a shell without an editor
    lesson.enter("exit")
    lesson.wait_prompt()
    assert lesson.run("cat -A /root/tabs") == "^Ia^Ib$"


def test_control_characters_of_a_block_press_no_key(lesson: Workspace) -> None:
    # Left as they are, the escape would end the paste and the Ctrl-C the line.
    run_at_once(lesson, "cat <<'END'\none \x1b[201~ two\x03\x9b\x7f\nEND\n")
    lesson.wait_line("one ␛[201~ two␃\ufffd␡")


def test_a_long_block_arrives_whole(lesson: Workspace) -> None:
    lines = "\n".join(f"{number:05} größer\t漢字" for number in range(3000))
    run_at_once(lesson, f"cat > /root/long <<'END'\n{lines}\nEND\necho 'w'ritten")
    lesson.wait_line("written")
    lesson.wait_prompt()
    assert lesson.run("wc -l < /root/long") == "3000"
    expected = hashlib.sha256(f"{lines}\n".encode()).hexdigest()
    assert lesson.run("sha256sum < /root/long") == f"{expected}  -"


def test_a_second_block_waits_for_the_first(lesson: Workspace) -> None:
    run_block(lesson, "sleep 2; echo 'f'irst")
    run_block(lesson, "cat <<'END'\na\tb\nEND\necho 's'econd")
    lesson.wait_line("second")
    assert lesson.text.index("\nfirst") < lesson.text.index("\nsecond")


@pytest.mark.parametrize(
    ("program", "leave"),
    [("vim -u NONE /root/x", ":q!\n"), ("seq 500 | less", "q"), ("nano /root/y", "\x18")],
)
def test_nothing_is_sent_into_a_full_screen_program(
    lesson: Workspace, program: str, leave: str
) -> None:
    lesson.enter(program)
    lesson.page.wait_for_function(
        "() => drydock.terminals.get('box').terminal.buffer.active.type === 'alternate'"
    )
    button = run_block(lesson, "echo never")
    expect(told(lesson)).to_contain_text("Nothing was sent")
    assert "echo never" not in lesson.text
    expect(button).to_have_text("Run")
    lesson.focus()
    lesson.press("Control+x") if leave == "\x18" else lesson.type(leave.replace("\n", ""))
    if leave.endswith("\n"):
        lesson.press("Enter")
    lesson.wait_prompt()


def test_a_program_that_goes_on_gets_nothing_unless_the_student_says_so(lesson: Workspace) -> None:
    lesson.enter("cat")
    lesson.page.wait_for_function("() => drydock.terminals.get('box').hasProgram")
    run_block(lesson, "into the program")
    expect(told(lesson)).to_contain_text("still running in box")
    assert "into the program" not in lesson.text
    told(lesson).get_by_role("button", name="Send it anyway").click()
    lesson.wait_line("into the program")
    lesson.interrupt()


def test_a_python_prompt_takes_a_block(lesson: Workspace) -> None:
    if lesson.run("command -v python3") == "":
        pytest.skip("the machine has no python3")
    lesson.enter("python3 -q")
    lesson.wait_text(">>>")
    run_at_once(lesson, "print(6 * 7)")
    lesson.wait_line("42")
    lesson.enter("exit()")
    lesson.wait_prompt()


def test_a_shell_without_line_editing_takes_a_block(lesson: Workspace) -> None:
    lesson.enter("dash")
    lesson.page.wait_for_timeout(500)
    run_at_once(lesson, "echo 'i'n-dash")
    lesson.wait_line("in-dash")
    lesson.do("exit")
    assert lesson.run("echo $0") == "bash"


def test_after_the_shell_has_ended_a_block_waits_for_the_new_one(lesson: Workspace) -> None:
    lesson.interrupt()
    lesson.enter("exit")
    expect(lesson.banner).to_contain_text("has ended with exit code 130")
    run_at_once(lesson, MAKEFILE + "\necho 'm'ade")
    lesson.wait_line("made")
    lesson.wait_prompt()
    assert lesson.run("grep -c \"$(printf '\\t')echo built\" /root/Makefile") == "1"


def test_without_a_machine_it_says_what_to_do(lesson: Workspace) -> None:
    lesson.page.get_by_role("button", name="End", exact=True).click()
    lesson.page.locator("#dialog-end").get_by_role("button", name="End", exact=True).click()
    expect(lesson.overlay.get_by_role("button", name="Start a new one")).to_be_visible()
    run_block(lesson, "echo hi")
    expect(told(lesson)).to_contain_text("Nothing was sent")
    assert lesson.sandbox()["state"] == "gone"
    told(lesson).get_by_role("button", name="Start a new one").click()
    lesson.wait_live()
    run_at_once(lesson, "echo 'b'ack")
    lesson.wait_line("back")


# --- What a block says of itself -----------------------------------------------------------------

SET_DATA = """([name, value]) => {
    const block = document.querySelector('.code[data-run=box]');
    if (value === null) delete block.dataset[name];
    else block.dataset[name] = value;
}"""
# Makes a block for a file of the first one that can be run.
ADD_SAVED = """([path, text]) => {
    const block = document.querySelector('.code[data-run=box]').cloneNode(true);
    delete block.dataset.run;
    Object.assign(block.dataset, { save: path, in: 'box' });
    block.querySelector('pre').textContent = text;
    const button = block.querySelector('.code__run');
    Object.assign(button, { className: 'code__save', textContent: 'Save', ariaLabel: 'Save it' });
    document.querySelector('.code[data-run=box]').before(block);
}"""


def test_a_block_says_whether_it_printed_what_it_should(lesson: Workspace) -> None:
    result = lesson.page.locator(".code__result")
    lesson.page.evaluate(SET_DATA, ["prints", '["one", "four"]'])
    run_at_once(lesson, "echo one; sleep 1; seq 3")
    expect(result).to_have_text("Expected in what it prints: “four”")
    # What stands in the command alone was not printed.
    run_at_once(lesson, "echo one; : four")
    expect(result).to_have_text("Expected in what it prints: “four”")
    # A line that the window wraps is one.
    run_at_once(lesson, f"echo one; printf '%s' {'x' * 400}fo'u'r")
    expect(result).to_have_text("It printed what it should.")
    lesson.page.evaluate(SET_DATA, ["prints", None])
    run_at_once(lesson, "true")
    expect(result).to_have_count(0)


def test_a_block_stops_what_runs_where_it_says_so(lesson: Workspace) -> None:
    lesson.enter("ping -i 60 localhost || sleep 300")
    lesson.page.wait_for_function("() => drydock.terminals.get('box').hasProgram")
    lesson.page.evaluate(SET_DATA, ["interrupt", ""])
    run_at_once(lesson, "echo 'st'opped")
    lesson.wait_line("stopped")
    lesson.page.evaluate(SET_DATA, ["interrupt", None])


def test_a_block_is_saved_as_a_file_and_shows_what_would_change(lesson: Workspace) -> None:
    page, path = lesson.page, "/root/deep/er/Makefile"
    page.evaluate(ADD_SAVED, [path, "all:\n\techo built\n\n# the end"])
    save = page.get_by_role("button", name="Save it")
    save.click()
    expect(save).to_have_text("Saved")
    lesson.focus()
    assert lesson.run(f"cat -A {path}").splitlines() == [
        "all:$",
        "^Iecho built$",
        "$",
        "# the end$",
    ]
    save.click()
    expect(told(lesson)).to_contain_text("has this already")
    lesson.focus()
    lesson.do(f"sed -i 's/built/broken/; $a more' {path}")
    save.click()
    dialog = page.get_by_role("dialog", name="Replace the file?")
    expect(dialog.locator("[data-change=removed]")).to_have_text(
        ["−goes:\techo broken", "−goes:more"]
    )
    expect(dialog.locator("[data-change=added]")).to_have_text(["+new:\techo built"])
    dialog.get_by_role("button", name="Keep it").click()
    lesson.focus()
    assert lesson.run(f"grep -c more {path}") == "1"
    save.click()
    dialog.get_by_role("button", name="Replace").click()
    expect(save).to_have_text("Saved")
    lesson.focus()
    assert lesson.run(f"grep -c more {path}; grep -c built {path}") == "0\n1"
    page.evaluate("() => document.querySelector('[data-save]').remove()")
