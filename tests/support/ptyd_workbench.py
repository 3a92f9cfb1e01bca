"""A workbench for ptyd: compiles it, runs it on this host, and looks at it through blocking sockets.

tests/support/ptyd_hosts.py drives the platform's own streams; this one speaks the bare protocol, also wrongly.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from terminal.wire import ptyd_frames
from tests.support.paths import PLATFORM

SOURCES = sorted((PLATFORM / "runtime/ptyd").glob("*.c"))
PATIENCE = 30  # seconds; only a broken ptyd takes them


def compile_ptyd(target: Path, *flags: str) -> bool:
    """Compile with whatever compiler there is; False when these flags do not work here."""
    compiler = next(filter(None, map(shutil.which, ("musl-gcc", "gcc", "cc", "clang"))), None)
    if any("sanitize" in flag for flag in flags):  # musl has no sanitizers
        compiler = shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        return False
    command = [compiler, "-Wall", "-Wextra", "-Werror", *(flags or ("-O2", "-static")), "-o", target, *SOURCES]
    return subprocess.run(command, check=False).returncode == 0


def eventually(condition: Callable[[], Any], what: str = "it did not come true") -> Any:
    """Wait for the condition and return its value."""
    end = time.monotonic() + PATIENCE
    while not (value := condition()):
        assert time.monotonic() < end, what
        time.sleep(0.02)
    return value


class Viewer:
    """One connection. What comes in is sorted into `output`, `sizes`, `exits`, `pongs` and `errors`."""

    def __init__(self, path: Path, *, acks: bool = True) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(str(path))
        self.acks = acks
        self.hello = ptyd_frames.Hello(0, 0, False, 0, 0, 0)
        self.output = b""
        self.events: list[tuple[str, Any]] = []  # in stream order, with the length of the output before them
        self.pongs: list[bytes] = []
        self.errors: list[bytes] = []
        self.ended = False
        self._decoder = ptyd_frames.FrameDecoder()

    @property
    def seq(self) -> int:
        return self.hello.seq + len(self.output)

    @property
    def exits(self) -> list[int]:
        return [value for kind, value in self.events if kind == "exit"]

    @property
    def sizes(self) -> list[tuple[int, int]]:
        return [value for kind, value in self.events if kind == "size"]

    def send(self, type: bytes, payload: bytes = b"") -> None:
        self.socket.sendall(ptyd_frames.encode(type, payload))

    def attach(self, **fields: Any) -> ptyd_frames.Hello:
        self.socket.sendall(ptyd_frames.Attach(**fields).encode())
        self.until(lambda: self.hello.epoch or self.ended)
        return self.hello

    def type(self, data: bytes) -> None:
        for at in range(0, len(data), ptyd_frames.MAX_PAYLOAD):
            self.send(ptyd_frames.INPUT, data[at : at + ptyd_frames.MAX_PAYLOAD])

    def resize(self, cols: int, rows: int) -> None:
        self.send(ptyd_frames.RESIZE, ptyd_frames.pack_resize(cols, rows))

    def ack(self, seq: int | None = None) -> None:
        self.send(ptyd_frames.ACK, ptyd_frames.pack_ack(self.seq if seq is None else seq))

    def read(self) -> None:
        """Take in one read; marks the end of the stream."""
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            data = b""
        self.ended = not data
        for frame in self._decoder.feed(data):
            self._take(frame)
        if self.acks and data and self.hello.epoch:
            self._ack_quietly()

    def until(self, condition: Callable[[], Any]) -> None:
        while not condition():
            assert not self.ended, f"ptyd closed: {self.errors}"
            self.read()

    def see(self, text: bytes) -> None:
        self.until(lambda: text in self.output)

    def run(self, command: str) -> bytes:
        """Type a command, wait for its end, return what it printed (and its echo)."""
        before = len(self.output)
        mark = f"end{time.monotonic_ns()}"
        self.type(f"{command}; echo {mark[:4]}''{mark[4:]}\n".encode())
        self.see(mark.encode())
        return self.output[before : self.output.rindex(mark.encode())]

    def settle(self) -> None:
        """Take in all that ptyd had to send: a pong comes after it."""
        token = os.urandom(8)
        self.send(ptyd_frames.PING, token)
        self.until(lambda: token in self.pongs)

    def until_end(self) -> None:
        while not self.ended:
            self.read()

    def close(self) -> None:
        self.socket.close()

    def _ack_quietly(self) -> None:
        with contextlib.suppress(OSError):  # it has closed already; its reason is still to be read
            self.ack()

    def _take(self, frame: ptyd_frames.Frame) -> None:
        match frame.type:
            case ptyd_frames.HELLO:
                self.hello = ptyd_frames.Hello.parse(frame.payload)
            case ptyd_frames.OUTPUT:
                self.output += frame.payload
            case ptyd_frames.SIZE:
                self.events.append(("size", ptyd_frames.parse_size(frame.payload)))
            case ptyd_frames.EXIT:
                self.events.append(("exit", ptyd_frames.parse_exit(frame.payload)))
            case ptyd_frames.PONG:
                self.pongs.append(frame.payload)
            case ptyd_frames.ERROR:
                self.errors.append(frame.payload)
            case _:
                raise AssertionError(f"ptyd sent {frame!r}")


class Server:
    """`ptyd serve`, unprivileged or not, on this host."""

    def __init__(self, binary: Path, folder: Path, *options: str, prefix: tuple[str, ...] = ()) -> None:
        self.socket = folder / "sockets" / "pty.sock"
        self._viewers: list[Viewer] = []
        command = [*prefix, str(binary), "serve", "--socket", str(self.socket), "--shell", "/bin/sh"]
        environment = {**os.environ, "PS1": "$ ", "ENV": "", "HOME": str(folder)}
        self.process = subprocess.Popen([*command, "--cwd", str(folder), *options], env=environment)
        eventually(lambda: self.socket.exists() or self.process.poll() is not None, "no socket")

    def viewer(self, *, acks: bool = True, **fields: Any) -> Viewer:
        """An attached viewer."""
        viewer = self.connect(acks=acks)
        viewer.attach(**fields)
        return viewer

    def connect(self, *, acks: bool = True) -> Viewer:
        viewer = Viewer(self.socket, acks=acks)
        self._viewers.append(viewer)
        return viewer

    def resident_bytes(self) -> int:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) * 1024

    def stop(self) -> int:
        for viewer in self._viewers:
            viewer.close()
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)


def need(condition: bool, what: str) -> None:
    """Skip, visibly; where everything is meant to be there, fail."""
    if condition:
        return
    if os.environ.get("CI") == "true":
        pytest.fail(what)
    pytest.skip(what)


@pytest.fixture(scope="session")
def binary(tmp_path_factory):
    target = tmp_path_factory.mktemp("ptyd") / "ptyd"
    need(compile_ptyd(target) or compile_ptyd(target, "-O2"), "no C compiler")
    return target


@pytest.fixture
def server(binary, tmp_path):
    server = Server(binary, tmp_path)
    yield server
    assert server.stop() == 0


@pytest.fixture
def small_ring(binary, tmp_path):
    server = Server(binary, tmp_path, "--ring", "65536")
    yield server
    assert server.stop() == 0
