"""Test ptyd's shells: typing, sizes, exit and restart, several terminals, orphans, ptyd's end."""

import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from terminal.wire import ptyd_frames
from tests.support.terminal.ptyd_servers import HostPtyd
from tests.support.waiting import PATIENCE_SECONDS, wait_for

# Bits 0–30 of a mask in /proc are signals 1–31. The C library reserves the first real-time ones,
# and a test run may have been started with one of them ignored.
CLASSIC_SIGNALS = 0x7FFFFFFF


def children(pid):
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def test_the_shell_is_there_before_anyone_asks(host_ptyd):
    wait_for(lambda: children(host_ptyd.process.pid), "the shell's start", PATIENCE_SECONDS)


def test_what_is_typed_is_echoed_and_answered(host_ptyd):
    viewer = host_ptyd.viewer()
    assert b"42\r\n" in viewer.run("echo $((6 * 7))")
    assert b"echo $((6 * 7))" in viewer.output


def test_the_shell_has_a_terminal_and_nothing_else_of_ptyd(host_ptyd):
    viewer = host_ptyd.viewer()
    assert b"/dev/pts/" in viewer.run("tty")
    shown = viewer.run("echo $TERM $COLORTERM $LANG")
    assert b"xterm-256color truecolor C.UTF-8" in shown
    (shell,) = children(host_ptyd.process.pid)
    open_files = {str(link.readlink()) for link in Path(f"/proc/{shell}/fd").iterdir()}
    assert len(open_files - {"/dev/tty"}) == 1, open_files
    masks = re.findall(
        rb"Sig(?:Blk|Ign):\t([0-9a-f]{16})", viewer.run("grep ^Sig /proc/self/status")
    )
    assert [int(mask, 16) & CLASSIC_SIGNALS for mask in masks] == [0, 0]


def test_the_socket_is_for_its_owner_alone(host_ptyd):
    assert host_ptyd.socket.stat().st_mode & 0o777 == 0o600


def test_attach_and_resize_set_the_size(host_ptyd):
    viewer = host_ptyd.viewer(cols=101, rows=31)
    assert b"31 101" in viewer.run("stty size")
    viewer.resize(90, 20)
    assert b"20 90" in viewer.run("stty size")
    assert viewer.sizes[-1] == (90, 20)


def test_sizes_are_clamped(host_ptyd):
    viewer = host_ptyd.viewer(cols=0, rows=65535)
    assert b"1000 1" in viewer.run("stty size").replace(b"\r\n", b"")
    viewer.resize(5000, 0)
    viewer.settle()
    assert viewer.sizes[-1] == (1000, 1)


@pytest.mark.parametrize(
    ("command", "code"), [("exit 3", 3), ("kill -KILL $$", 137), ("exec true", 0)]
)
def test_exit_tells_the_code_and_the_next_input_starts_a_new_shell(host_ptyd, command, code):
    viewer = host_ptyd.viewer()
    viewer.run("mark=old")
    viewer.type(f"{command}\n".encode())
    viewer.until(lambda: viewer.exits)
    assert viewer.exits == [code]
    before = len(viewer.output)
    viewer.type(b"echo not-delivered\n")
    assert b"[]" in viewer.run("echo [$mark]")
    assert b"not-delivered" not in viewer.output[before:]


def test_last_words_come_before_the_exit(host_ptyd):
    viewer = host_ptyd.viewer()
    viewer.type(b"exec seq 1 3000\n")
    viewer.until(lambda: viewer.exits)
    assert viewer.output.endswith(b"2999\r\n3000\r\n")


def test_a_shell_that_closes_its_terminal_is_not_taken_for_dead(host_ptyd):
    viewer = host_ptyd.viewer()
    viewer.type(
        b"exec </dev/null >/dev/null 2>&1; sleep 0.3; exec </dev/tty >/dev/tty 2>&1; echo ba''ck\n"
    )
    viewer.type(b"\n")
    viewer.until(lambda: b"back" in viewer.output or viewer.exits)
    assert viewer.exits in ([], [0])


def test_a_viewer_that_only_watches_cannot_type_or_resize(host_ptyd):
    writer = host_ptyd.viewer(cols=100, rows=30)
    watcher = host_ptyd.viewer(read_only=True, cols=10, rows=10)
    watcher.type(b"echo from-the-watcher\n")
    watcher.resize(20, 20)
    watcher.settle()
    assert b"30 100" in writer.run("stty size")
    writer.until(lambda: writer.output.endswith(b"$ "))
    watcher.until(lambda: watcher.output.endswith(writer.output[-8:]))  # it still sees the output
    assert b"from-the-watcher" not in writer.output
    assert (20, 20) not in watcher.sizes


def test_terminals_have_shells_of_their_own(host_ptyd):
    first, second = host_ptyd.viewer(), host_ptyd.viewer(name="second")
    first.run("x=1")
    assert b"[]" in second.run("echo [$x]")
    assert b"[1]" in first.run("echo [$x]")


def test_the_ninth_terminal_is_refused_until_one_has_ended(host_ptyd):
    viewers = [host_ptyd.viewer(name=f"t{number}") for number in range(7)]
    ninth = host_ptyd.connect()
    ninth.attach(name="one-too-many")
    ninth.until_end()
    assert ninth.errors == [b"busy"]
    viewers[3].type(b"exit\n")
    viewers[3].until(lambda: viewers[3].exits)
    viewers[3].send(ptyd_frames.DETACH)
    viewers[3].until_end()
    assert host_ptyd.viewer(name="now-it-fits").hello.epoch


def test_terminals_that_have_ended_give_way_and_those_that_nobody_watches_live_on(host_ptyd):
    detached = host_ptyd.viewer(name="detached")
    detached.run("x=1")
    detached.send(ptyd_frames.DETACH)
    detached.until_end()
    for number in range(20):
        viewer = host_ptyd.viewer(name=f"t{number}")
        assert viewer.hello.epoch, number
        viewer.type(b"exit\n")
        viewer.until(lambda viewer=viewer: viewer.exits)
        viewer.send(ptyd_frames.DETACH)
        viewer.until_end()
    assert b"[1]" in host_ptyd.viewer(name="detached").run("echo [$x]")
    assert len(children(host_ptyd.process.pid)) == 2  # main's shell and the detached one


def test_the_seventeenth_connection_is_refused(host_ptyd):
    viewers = [host_ptyd.viewer() for _ in range(16)]
    extra = host_ptyd.connect()
    extra.until_end()
    assert extra.errors == [b"busy"]
    viewers[0].send(ptyd_frames.DETACH)
    viewers[0].until_end()
    assert host_ptyd.viewer().hello.epoch


@pytest.mark.parametrize("damage", ["unlink", "folder", "link", "whole"])
def test_a_socket_that_the_student_removes_comes_back(host_ptyd, damage):
    viewer = host_ptyd.viewer()
    path = host_ptyd.socket
    path.unlink()
    if damage == "folder":
        (path / "full").mkdir(parents=True)
    elif damage == "link":
        path.symlink_to("/etc/passwd")
    elif damage == "whole":
        path.parent.rmdir()
    wait_for(path.is_socket, "the socket coming back", PATIENCE_SECONDS)
    assert not path.is_symlink()
    assert host_ptyd.viewer().hello.epoch == viewer.hello.epoch
    assert b"still" in viewer.run("echo sti''ll")


def test_orphans_are_reaped(host_ptyd):
    viewer = host_ptyd.viewer()
    viewer.run("for i in 1 2 3 4 5 6; do (sleep 0.1 &); done")
    viewer.run("sleep 0.3")
    wait_for(
        lambda: len(children(host_ptyd.process.pid)) == 1,
        "the end of all zombies",
        PATIENCE_SECONDS,
    )


def test_sigterm_ends_sessions_and_removes_the_socket(ptyd_binary, tmp_path):
    host_ptyd = HostPtyd(ptyd_binary, tmp_path)
    viewer = host_ptyd.viewer()
    viewer.type(b"trap '' HUP TERM; echo re''ady; sleep 1000; sleep 1000\n")
    viewer.see(b"ready")
    (shell,) = children(host_ptyd.process.pid)
    host_ptyd.process.send_signal(signal.SIGTERM)
    assert host_ptyd.process.wait(PATIENCE_SECONDS) == 0
    assert not host_ptyd.socket.exists()
    wait_for(
        lambda: (
            not Path(f"/proc/{shell}").exists() or "Z" in Path(f"/proc/{shell}/stat").read_text()
        ),
        "the shell's end",
        PATIENCE_SECONDS,
    )


def test_as_process_1_it_ignores_signals_from_inside_and_obeys_those_from_outside(
    ptyd_binary, tmp_path
):
    prefix = ("unshare", "--pid", "--fork", "--kill-child", "--mount-proc")
    if not shutil.which("unshare") or subprocess.run([*prefix, "true"], check=False).returncode:
        pytest.skip("no new pid namespace can be made here")
    host_ptyd = HostPtyd(ptyd_binary, tmp_path, prefix=prefix)
    (init,) = children(host_ptyd.process.pid)
    viewer = host_ptyd.viewer()
    viewer.run(
        "kill 1; kill -INT 1; kill -KILL 1; for i in 1 2 3; do (sleep 0.1 &); done; sleep 0.3"
    )
    wait_for(
        lambda: (
            b"left 0"
            in viewer.run("echo left $(grep -c 'State:.*Z' /proc/[0-9]*/status | grep -c :1)")
        ),
        "the end of all zombies",
        PATIENCE_SECONDS,
    )
    subprocess.run(["kill", "-TERM", init], check=True)
    assert host_ptyd.process.wait(PATIENCE_SECONDS) == 0
    viewer.until_end()


def test_attach_relays_both_ways_and_ends_with_either_side(ptyd_binary, host_ptyd):
    relay = subprocess.Popen(
        [ptyd_binary, "attach", "--socket", host_ptyd.socket],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    relay.stdin.write(
        ptyd_frames.Attach().encode() + ptyd_frames.encode(ptyd_frames.INPUT, b"echo re''layed\n")
    )
    relay.stdin.flush()
    decoder, output = ptyd_frames.FrameDecoder(), b""
    while b"relayed" not in output:
        output += b"".join(
            frame.payload for frame in decoder.feed(relay.stdout.read1(65536)) if frame.type == b"O"
        )
    relay.stdin.write(ptyd_frames.encode(ptyd_frames.DETACH))
    relay.stdin.flush()
    assert relay.wait(PATIENCE_SECONDS) == 0

    completed = subprocess.run(
        [ptyd_binary, "attach", "--socket", host_ptyd.socket],
        input=ptyd_frames.Attach().encode(),
        capture_output=True,
        check=True,
    )
    assert ptyd_frames.FrameDecoder().feed(completed.stdout)[0].type == ptyd_frames.HELLO


def test_the_command_line(ptyd_binary):
    version = subprocess.run(
        [ptyd_binary, "--version"], capture_output=True, text=True, check=True
    ).stdout
    assert version.startswith("ptyd ")
    for wrong in (
        [],
        ["serve"],
        ["serve", "--socket"],
        ["attach", "--nonsense", "x"],
        ["serve", "--socket", "x" * 200],
    ):
        assert subprocess.run(
            [ptyd_binary, *wrong], check=False, capture_output=True
        ).returncode in (1, 2)
