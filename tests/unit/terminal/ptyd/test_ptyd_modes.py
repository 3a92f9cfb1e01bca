"""Test that ptyd follows what programs make of a terminal: who gets only the end of the output gets
the state it goes on from, and a prompt and a new shell find a terminal in order."""

import shlex
import shutil

import pytest

from tests.support.terminal.plain_xterm import show
from tests.support.terminal.ptyd_servers import HostPtyd

ALT, MOUSE = "\x1b[?1049h", "\x1b[?1003h\x1b[?1006h"
# By name, what a program prints to change the terminal.
CHANGES = {
    "application cursor keys": "\x1b[?1h",
    "application keypad": "\x1b=",
    "application keypad by mode": "\x1b[?66h",
    "origin": "\x1b[3;20r\x1b[?6h",
    "no wrap": "\x1b[?7l",
    "hidden cursor": "\x1b[?25l",
    "reverse wrap": "\x1b[?45h",
    "insert": "\x1b[4h",
    "new line": "\x1b[20h",
    "alternate screen": ALT,
    "alternate screen of old": "\x1b[?47h",
    "alternate screen, cleared": "\x1b[?1047h",
    "mouse, X10": "\x1b[?9h",
    "mouse, clicks": "\x1b[?1000h",
    "mouse, drags": "\x1b[?1002h\x1b[?1006h",
    "mouse, everything": MOUSE,
    "mouse, two in a row": "\x1b[?1000h\x1b[?1003h\x1b[?1002h",
    "mouse, off again": "\x1b[?1003h\x1b[?1006h\x1b[?1000l",
    "mouse, in pixels": "\x1b[?1003;1016h",
    "mouse, of urxvt": "\x1b[?1000h\x1b[?1015h",
    "focus": "\x1b[?1004h",
    "bracketed paste": "\x1b[?2004h",
    "scroll region": "\x1b[5;10r",
    "scroll region, whole": "\x1b[1;24r",
    "line drawing": "\x1b(0",
    "line drawing, shifted in": "\x1b)0\x0e",
    "line drawing, shifted in and out": "\x1b)0\x0e\x0f",
    "colours": "\x1b[1;31;44m",
    "bright colours": "\x1b[7;95;106m",
    "colours of the palette": "\x1b[38;5;200;48:5:17m",
    "colours of their own": "\x1b[38;2;1;2;3;48:2::4:5:6m",
    "attributes": "\x1b[1;2;3;4;9m\x1b[22;24m",
    "wavy line": "\x1b[4:3;58:2::9:8:7m",
    "concealed": "\x1b[8m",
    "vim": "\x1b[?1049h\x1b[22;0t\x1b[>4;2m\x1b[?1h\x1b=\x1b[?2004h\x1b[?1004h\x1b[1;24r\x1b[?12h"
    "\x1b[?25l\x1b[?1000h\x1b[?1002h\x1b[?1006h\x1b[2;1H\x1b[34m~\x1b[m",
    "several at once": "\x1b[?1;7;25l\x1b[?1003;1006;2004h",
    "given up half-way": "\x1b[?25\x18h\x1b[?2004\x1b[?1h",
    "after a full reset": f"{ALT}{MOUSE}\x1b(0\x1bc\x1b[?1h",
    "after a soft reset": "\x1b[?1;25;2004l\x1b[4h\x1b(0\x1b[!p\x1b[?1003h",
    "by control characters of one byte": "\N{LATIN CAPITAL LETTER A WITH CIRCUMFLEX}\u009b?1003h",
    "in a title": "\x1b]0;\x1b[?25l\x07\x1b]2;[?1003h\x1b\\",
    "in a string": "\x1bP[?1003h\x1b\\\x1b_[?1003h\x1b\\",
}
COMPARED = ("screen", "hidden", "modes", "private", "ansi", "newLine", "mouse", "region", "letters")


def printing(text):
    """Make a command that prints the text, and that no terminal changes when it is typed."""
    octal = "".join(f"\\{byte:03o}" for byte in text.encode())
    return f"printf '{octal}'"


def run_for_ever(viewer, text):
    """Run a program that prints the text, and much after it, and goes on running."""
    script = f"{printing(text)}; seq 100000 112000; echo en''d; exec sleep 600"
    viewer.run("stty -echo")
    viewer.type(f"sh -c {shlex.quote(script)}\n".encode())
    viewer.see(b"end\r\n")


@pytest.mark.parametrize("name", CHANGES)
def test_a_reset_brings_the_modes_that_left_the_ring(small_ring, name):
    first = small_ring.viewer()
    run_for_ever(first, CHANGES[name])
    late = small_ring.viewer(seq=1)
    late.until(lambda: late.seq >= first.seq)
    assert late.hello.reset
    everything, end = show([first.output], [late.hello.modes.encode(), late.output])
    assert {key: end[key] for key in COMPARED} == {key: everything[key] for key in COMPARED}
    assert end["style"] == everything["style"]
    assert end["lines"][-20:] == everything["lines"][-20:]
    assert set(end["answers"]) <= {"\x1b[O"}  # focus reports say at once that there is none


def test_modes_are_those_of_the_byte_at_which_the_output_begins(small_ring):
    """Not those of its end: what is set in the output is set by the output."""
    first = small_ring.viewer()
    script = (
        "printf '\\033[?1049h'; seq 100000 109500; printf '\\033[?1049l'; seq 3; exec sleep 600"
    )
    first.run("stty -echo")
    first.type(f"sh -c {shlex.quote(script)}\n".encode())
    first.see(b"1\r\n2\r\n3\r\n")
    late = small_ring.viewer(seq=1)
    late.until(lambda: late.seq >= first.seq)
    assert late.hello.modes == ALT
    [end] = show([late.hello.modes.encode(), late.output])
    assert (end["screen"], end["lines"][:3]) == ("normal", ["1", "2", "3"])


def test_a_viewer_that_gets_everything_needs_no_modes(host_ptyd):
    first = host_ptyd.viewer()
    first.run(r"printf '\033[?1003h'")
    late = host_ptyd.viewer()
    assert (late.hello.reset, late.hello.modes) == (False, "")


@pytest.mark.parametrize("name", [*CHANGES, "unfinished title", "unfinished string", "link"])
def test_a_new_shell_finds_the_terminal_in_order(host_ptyd, name):
    more = {
        "unfinished title": "\x1b]0;never ends",
        "unfinished string": "\x1bP1;1q#0",
        "link": "\x1b]8;;https://example.org/\x1b\\here",
    }
    text = {**CHANGES, **more}[name]
    viewer = host_ptyd.viewer()
    viewer.run("stty -echo; echo kept")
    viewer.type(f"{printing(text)}; exec sleep 600\n".encode())
    viewer.see(text.encode())
    host_ptyd.kill_shell()
    viewer.until(lambda: viewer.exits)
    fresh, left = show([b"kept"], [viewer.output])
    assert {key: left[key] for key in COMPARED} == {key: fresh[key] for key in COMPARED}
    assert left["style"] == fresh["style"]
    assert "kept" in "\n".join(left["lines"]) or name == "after a full reset"
    viewer.type(b"x")
    before = len(viewer.output)
    viewer.until(lambda: viewer.output[before:].endswith(b"$ "))


def test_a_shell_that_leaves_the_terminal_in_order_leaves_its_bytes_alone(host_ptyd):
    viewer = host_ptyd.viewer()
    viewer.run("stty -echo; echo '\033[31mred\033[0m'")
    before = len(viewer.output)
    viewer.type(b"exit\n")
    viewer.until(lambda: viewer.exits)
    assert b"\x1b" not in viewer.output[before:]
    assert b"\x18" not in viewer.output[before:]


@pytest.fixture
def bash(ptyd_binary, tmp_path):
    if shutil.which("bash") is None:
        pytest.skip("bash is not installed")
    shell = tmp_path / "shell"  # without the start-up files of whoever runs the tests
    shell.write_text("#!/bin/sh\nexec bash --noprofile --norc -i\n")
    shell.chmod(0o755)
    server = HostPtyd(ptyd_binary, tmp_path, "--shell", str(shell))
    yield server
    assert server.stop() == 0


SPOILED = [
    "hidden cursor",
    "no wrap",
    "insert",
    "new line",
    "origin",
    "alternate screen",
    "alternate screen of old",
    "alternate screen, cleared",
    "mouse, clicks",
    "mouse, everything",
    "focus",
    "scroll region",
    "line drawing",
    "line drawing, shifted in",
    "vim",
]


@pytest.mark.parametrize("name", SPOILED)
@pytest.mark.parametrize("way", ["a file that is shown", "a program that is killed", "the shell"])
def test_the_next_prompt_finds_the_terminal_in_order(bash, tmp_path, name, way):
    (tmp_path / "screen.txt").write_text(CHANGES[name])
    command = {
        "a file that is shown": "head -n 3 screen.txt",
        "a program that is killed": "sh -c 'cat screen.txt; kill -9 $$'",
        "the shell": 'printf %s "$(<screen.txt)"',
    }[way]
    viewer = bash.viewer()
    viewer.run("true")
    viewer.type(f"{command}\n".encode())
    viewer.run("true")
    viewer.until(lambda: viewer.output.endswith(b"$ "))
    viewer.settle()
    [state] = show([viewer.output])
    [fresh] = show([b"\x1b[?2004h"])
    for key in ("screen", "hidden", "mouse", "region", "letters", "newLine", "ansi"):
        assert state[key] == fresh[key], key
    for mode in ("wraparound", "origin", "sendFocus"):
        assert state["private"][mode] == fresh["private"][mode], mode
    assert state["private"]["bracketedPasteMode"]


@pytest.mark.parametrize(
    "command",
    [
        "sh -c '{};exec sleep 600'",
        "bash -c '{}; sleep 600; :'",
        "x=$({} >/dev/tty; sleep 600)",
        "exec sh -c '{};exec sleep 600'",
    ],
)
def test_a_program_that_runs_keeps_its_screen(bash, command):
    viewer = bash.viewer()
    viewer.run("true")
    screen = r'printf "\033[?1049h\033[?25l\033[?1003h\033[?2004h\033[2;2Hmine"'
    viewer.type((command.format(screen) + "\n").encode())
    viewer.see(b"\x1b[2;2Hmine")
    viewer.type(b"x")
    viewer.settle()
    [state] = show([viewer.output])
    assert (state["screen"], state["hidden"]) == ("alternate", True)


def test_what_was_wanted_stays_at_the_prompt(bash):
    viewer = bash.viewer()
    viewer.run(r"printf '\033[31m\033[5 q\033]0;title\007'")
    viewer.until(lambda: viewer.output.endswith(b"$ "))
    [state] = show([viewer.output])
    [red] = show([b"\x1b[31m"])
    assert state["style"] == red["style"]


@pytest.mark.parametrize("size", [4096, 65536, 100_003])
def test_following_survives_any_ring(ptyd_binary, tmp_path, size):
    server = HostPtyd(ptyd_binary, tmp_path, "--ring", str(size))
    first = server.viewer()
    run_for_ever(first, CHANGES["vim"])
    late = server.viewer(seq=1)
    late.until(lambda: late.seq >= first.seq)
    [everything, end] = show([first.output], [late.hello.modes.encode(), late.output])
    assert {key: end[key] for key in COMPARED} == {key: everything[key] for key in COMPARED}
    assert server.stop() == 0
