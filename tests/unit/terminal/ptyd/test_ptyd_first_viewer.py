"""Test ptyd's `--main view`: no shell starts before the first viewer."""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.clients.ptyd import Typist
from tests.support.terminal.ptyd_servers import build_ptyd

PTYD = str(build_ptyd() / "ptyd")


def serve(folder: Path, *options: str) -> "subprocess.Popen[bytes]":
    """Start ptyd with a shell that logs its start and prints its size."""
    shell = folder / "shell"
    shell.write_text(f"#!/bin/sh\necho started >> {folder}/log\nstty size\nexec sleep 60\n")
    shell.chmod(0o755)
    server = subprocess.Popen(
        [PTYD, "serve", "--socket", str(folder / "pty"), "--shell", str(shell), *options]
    )
    end = time.monotonic() + 10
    while not (folder / "pty").exists() and time.monotonic() < end:
        time.sleep(0.02)
    return server


@pytest.fixture
def lazy(tmp_path: Path) -> Iterator[Path]:
    server = serve(tmp_path, "--main", "view")
    yield tmp_path
    server.terminate()
    server.wait(5)


def test_shell_starts_for_the_first_viewer_in_its_size(lazy: Path) -> None:
    time.sleep(0.3)
    assert not (lazy / "log").exists()
    first, second = Typist(str(lazy / "pty")), None
    try:
        first.until("40 120")
        second = Typist(str(lazy / "pty"))
        second.until("40 120")
        assert (lazy / "log").read_text() == "started\n"
    finally:
        first.close()
        if second:
            second.close()


def test_any_other_word_is_refused(tmp_path: Path) -> None:
    completed = subprocess.run(
        [PTYD, "serve", "--socket", str(tmp_path / "pty"), "--main", "later"],
        check=False,
        timeout=10,
    )
    assert completed.returncode == 2
