"""Test ptyd's `--start`, a program in the background, and `dial`, a relay to any socket."""

import os
import socket
import subprocess
import threading
import time
from pathlib import Path

from tests.support.terminal.ptyd_servers import build_ptyd
from tests.support.waiting import wait_for

PTYD = str(build_ptyd() / "ptyd")


def test_start_runs_a_program_without_a_terminal_and_reaps_it(tmp_path: Path) -> None:
    program = tmp_path / "service"
    program.write_text(
        f"#!/bin/sh\n[ -t 0 ] || echo no terminal > {tmp_path}/output\necho $$ > {tmp_path}/pid\n"
    )
    program.chmod(0o755)
    server = subprocess.Popen(
        [PTYD, "serve", "--socket", str(tmp_path / "pty"), "--start", str(program)]
    )
    try:
        wait_for(
            lambda: (tmp_path / "pid").exists() and bool((tmp_path / "pid").read_text()),
            "the program's start",
            10,
        )
        assert (tmp_path / "output").read_text() == "no terminal\n"
        pid = (tmp_path / "pid").read_text().strip()
        wait_for(
            lambda: not Path(f"/proc/{pid}").exists(), "the program's end", 10
        )  # a zombie would stay
    finally:
        server.terminate()
        server.wait(5)


def test_a_program_that_is_not_there_costs_only_itself(tmp_path: Path) -> None:
    server = subprocess.Popen(
        [PTYD, "serve", "--socket", str(tmp_path / "pty"), "--start", "/nowhere"]
    )
    try:
        wait_for((tmp_path / "pty").exists, "the socket", 10)
        time.sleep(0.1)
        assert server.poll() is None
    finally:
        server.terminate()
        server.wait(5)


def test_dial_waits_for_the_socket_and_relays_both_ways(tmp_path: Path) -> None:
    path = str(tmp_path / "late")
    dial = subprocess.Popen(
        [PTYD, "dial", "--socket", path, "--wait", "5000"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )

    def answer() -> None:
        time.sleep(0.2)
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path)
            listener.listen()
            connection, _ = listener.accept()
            with connection:
                connection.sendall(b"you sent " + connection.recv(100))

    threading.Thread(target=answer, daemon=True).start()
    output, _ = dial.communicate(b"hello", timeout=10)
    assert output == b"you sent hello"


def test_dial_without_patience_says_so_at_once(tmp_path: Path) -> None:
    completed = subprocess.run(
        [PTYD, "dial", "--socket", str(tmp_path / "none")],
        capture_output=True,
        timeout=5,
        check=False,
    )
    assert (completed.returncode, os.strerror(2) in completed.stderr.decode()) == (1, True)


def test_dial_takes_the_first_socket_on_which_somebody_listens(tmp_path: Path) -> None:
    nobody, first, second = (str(tmp_path / name) for name in ("nobody", "first", "second"))
    with socket.socket(socket.AF_UNIX) as one, socket.socket(socket.AF_UNIX) as other:
        for listener, path in ((one, first), (other, second)):
            listener.bind(path)
            listener.listen()
        for paths, listener in (((first, second), one), ((nobody, second), other)):
            options = [option for path in paths for option in ("--socket", path)]
            dial = subprocess.Popen([PTYD, "dial", *options], stdin=subprocess.DEVNULL)
            listener.settimeout(10)
            listener.accept()[0].close()
            assert dial.wait(10) == 0
