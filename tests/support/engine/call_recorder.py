"""Run the call recorder between clients and an engine that a test plays by hand."""

import contextlib
import hashlib
import json
import os
import shutil
import socket
import subprocess
import tempfile
import uuid
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.support.paths import PLATFORM
from tests.support.waiting import PATIENCE_SECONDS, wait_for

FOLDER = PLATFORM / "runtime/call-recorder"
SANITIZERS = ("-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover")
PONG = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello"


def compile_recorder(target: Path, *flags: str) -> bool:
    """Compile with whatever compiler there is; False when these flags do not work here."""
    names = ("gcc", "clang") if "-g" in flags else ("musl-gcc", "gcc", "cc", "clang")
    compiler = next(filter(None, map(shutil.which, names)), None)
    if compiler is None:
        return False
    command = [compiler, "-Wall", "-Wextra", "-Werror", *(flags or ("-O2", "-static"))]
    command += ["-I", str(FOLDER), "-o", str(target), *map(str, sorted(FOLDER.glob("*.c")))]
    return subprocess.run(command, check=False).returncode == 0


def build_recorder() -> Path:
    """Give the compiled program, made once for each state of its sources.

    It looks at its own memory where the compiler can have it do so.
    """
    contents = b"".join(file.read_bytes() for file in sorted(FOLDER.glob("*.[ch]")))
    stamp = hashlib.sha256(contents).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"drydock-test-recorder-{os.getuid()}-{stamp}"
    program = folder / "call-recorder"
    if not program.exists():
        folder.mkdir(mode=0o755, exist_ok=True)
        fresh = folder / f"call-recorder.{uuid.uuid4().hex}"
        compiled = compile_recorder(fresh, *SANITIZERS) or compile_recorder(fresh)
        assert compiled, "the call recorder does not compile"
        fresh.rename(program)
    return program


class HandEngine:
    """Listen where dockerd would; a test accepts and answers by hand."""

    def __init__(self, path: Path, *, backlog: int = 4096) -> None:
        self.path = path
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        path.chmod(0o660)
        self._listener.listen(backlog)
        self._listener.settimeout(PATIENCE_SECONDS)
        self.pinged: socket.socket | None = None

    def accept(self) -> socket.socket:
        """Return the next connection."""
        connection, _ = self._listener.accept()
        connection.settimeout(PATIENCE_SECONDS)
        return connection

    def answer_ping(self) -> None:
        """Answer the recorder's own connection, which stays open."""
        self.pinged = self.accept()
        receive_until(self.pinged, b"\r\n\r\n")
        self.pinged.sendall(PONG)

    def stop_listening(self) -> None:
        """Begin to stop as dockerd does: no listener, no file, no idle connection."""
        self._listener.close()
        self.path.unlink(missing_ok=True)
        self.hang_up()

    def die(self) -> None:
        """End as a killed process: the file stays."""
        self._listener.close()
        self.hang_up()

    def hang_up(self) -> None:
        """Close the recorder's own connection."""
        if self.pinged:
            self.pinged.close()


class Recorder:
    """Run the recorder in a folder, with an engine behind it."""

    def __init__(self, folder: Path) -> None:
        self.engine_path = folder / "dockerd.sock"
        self.clients_path = folder / "docker.sock"
        self.report_path = folder / "calls.sock"
        paths = (self.engine_path, self.clients_path, self.report_path)
        self.command = [str(build_recorder()), *map(str, paths)]
        self.process = self.start()
        self.engine = self.new_engine()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.process.terminate()
        ended = self.process.wait(PATIENCE_SECONDS)
        with contextlib.suppress(OSError):
            self.engine.die()
        assert ended == 0, "the recorder did not end by itself"

    def start(self) -> subprocess.Popen[bytes]:
        """Start the program. Its connections are known to the kernel alone: no leaks."""
        return subprocess.Popen(self.command, env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"})

    def new_engine(self, *, backlog: int = 4096) -> HandEngine:
        """Start an engine, and wait until clients may come."""
        self.engine = HandEngine(self.engine_path, backlog=backlog)
        self.engine.answer_ping()
        wait_for(self.lets_in, "a place for clients", every=0.005)
        return self.engine

    def lets_in(self) -> bool:
        """Whether a client may connect; that connection is given up at once."""
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(PATIENCE_SECONDS)
            client.connect(str(self.clients_path))
            self.engine.accept().close()
        return True

    def is_refused(self) -> bool:
        """Whether the kernel itself turns clients away."""
        with socket.socket(socket.AF_UNIX) as client:
            try:
                client.connect(str(self.clients_path))
            except (FileNotFoundError, ConnectionRefusedError):
                return True
        return False

    def connect(self) -> socket.socket:
        """Connect as a client."""
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(PATIENCE_SECONDS)
        client.connect(str(self.clients_path))
        return client

    def pair(self) -> tuple[socket.socket, socket.socket]:
        """Return a client's end of a connection, and the engine's."""
        client = self.connect()
        return client, self.engine.accept()

    def ask(self, version: int = 0) -> dict[str, Any]:
        """Ask for what was recorded."""
        with socket.socket(socket.AF_UNIX) as reader:
            reader.settimeout(PATIENCE_SECONDS)
            reader.connect(str(self.report_path))
            reader.sendall(b"%d\n" % version)
            report: dict[str, Any] = json.loads(receive_until(reader, b"\n"))
        return report

    def calls(self) -> list[dict[str, Any]]:
        """Return the recorded calls, oldest first."""
        calls: list[dict[str, Any]] = self.ask()["calls"]
        return calls

    def recorded(self) -> list[tuple[str, str, int]]:
        """Return method, path and status of each call."""
        return [(call["method"], call["path"], call["status"]) for call in self.calls()]


def receive_until(connection: socket.socket, end: bytes) -> bytes:
    """Return what comes up to `end`, and whatever comes with it."""
    received = b""
    while end not in received:
        data = connection.recv(65536)
        assert data, f"it ended after {received!r}"
        received += data
    return received


def receive_exactly(connection: socket.socket, size: int) -> bytes:
    """Return the next bytes, as many as that."""
    received = b""
    while len(received) < size:
        data = connection.recv(min(65536, size - len(received)))
        assert data, f"it ended after {len(received)} bytes"
        received += data
    return received


def request(method: str, path: str, *headers: str, body: bytes = b"") -> bytes:
    """Write a request."""
    return "\r\n".join([f"{method} {path} HTTP/1.1", *headers, "", ""]).encode() + body
