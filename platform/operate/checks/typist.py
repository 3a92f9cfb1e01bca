"""Type into machines' terminals, as a student does in the page, and read what is printed.

The terminal is the machine's own, kept by `ptyd`; it is reached through the engine's exec, so that
it serves machines of other hosts as well.
"""

import contextlib
import re
import socket
import time
from collections.abc import Callable, Iterator

import docker
from docker.errors import DockerException
from requests import RequestException

from grading.verification.rig import Printed, Terminal
from sandboxes.engine.output_stream import Demultiplexer
from sandboxes.errors import EngineError
from terminal.transports.docker_exec import ATTACH
from terminal.wire import ptyd_frames

COLUMNS, ROWS = 160, 50
WINDOW = 1 << 20
READ_SECONDS = 0.3  # so long nothing may come after a prompt
PING_SECONDS = 30
START_SECONDS = 60
# Escapes that a program sends to its screen: CSI, OSC, and others of two characters (ECMA-48).
ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-~])")
# What a shell prints when it waits: that of a machine, of its guest, or of a bare shell.
PROMPT = re.compile(r"(?:^|\n)(?:[\w.-]+@[\w.-]+:[^\n]*|(?:ba)?sh-[\d.]+|/[^\n]{0,40} )[#$] ?\Z")
# A shell that takes pastes as such says so before its prompt, and takes it back after Enter.
PASTE_ON, PASTE_OFF = "\x1b[?2004h", "\x1b[?2004l"
BEGIN_PASTE, END_PASTE = "\x1b[200~", "\x1b[201~"
CTRL_C = "\x03"
ASK_EXIT = ' echo "exit code $?"'
EXIT = re.compile(r"^exit code (\d+)$", re.MULTILINE)


class Typist:
    """Hold one terminal: type, and wait for the prompt."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._demultiplexer = Demultiplexer()
        self._decoder = ptyd_frames.FrameDecoder()
        self._output = bytearray()
        self._seq = 0
        self._last_ping = time.monotonic()
        attach = ptyd_frames.Attach(cols=COLUMNS, rows=ROWS, window=WINDOW)
        self._send(attach.encode())

    def wait_for_shell(self) -> None:
        """Wait for the first prompt. Raises EngineError."""
        if not self._wait(lambda text: PROMPT.search(cleaned(text)), START_SECONDS):
            raise EngineError("the machine's shell shows no prompt")

    def run(self, code: str, *, until: str, seconds: float) -> Printed:
        """Type a block, wait for the prompt, and ask for the exit code. Raises EngineError."""
        text, ended = self._type_line(code.rstrip("\n"), until, seconds)
        if not ended:
            self._send_keys(CTRL_C)
            self._wait(lambda text: PROMPT.search(cleaned(text)), READ_SECONDS * 10)
            return Printed(text, None, ended=False)
        asked, _ = self._type_line(ASK_EXIT, "", seconds)
        code_match = EXIT.search(asked)
        return Printed(text, int(code_match[1]) if code_match else None)

    def _type_line(self, line: str, until: str, seconds: float) -> tuple[str, bool]:
        """Type text and Enter; return what came before the next prompt, and whether it came."""
        before = self._text()
        pastes = before.rfind(PASTE_ON) > before.rfind(PASTE_OFF)
        start = len(self._output)
        keys = f"{BEGIN_PASTE}{line}{END_PASTE}" if pastes else line.replace("\n", "\r")
        self._send_keys(f"{keys}\r")
        if until:
            ended = self._wait(lambda text: until in printed_of(text, line, pastes), seconds, start)
            self._send_keys(CTRL_C)
            seconds = START_SECONDS
        else:
            ended = True
        ended &= self._wait(lambda text: is_done(text, line, pastes), seconds, start)
        return without_prompt(printed_of(self._text(start), line, pastes)), ended

    def _wait(self, condition: Callable[[str], object], seconds: float, start: int = 0) -> bool:
        """Read until a condition of the output since `start` holds and nothing more comes."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if not self._read() and condition(self._text(start)):
                return True
        return False

    def _read(self) -> bool:
        """Take in what comes at once; return whether anything came. Raises EngineError."""
        try:
            data = self._socket.recv(65536)
        except TimeoutError:
            self._ping()
            return False
        except OSError as error:
            raise EngineError(f"the terminal is gone: {error}") from error
        if not data:
            raise EngineError("the terminal is gone")
        for kind, payload in self._decoder.feed(self._demultiplexer.feed(data)):
            if kind == ptyd_frames.HELLO:
                self._seq = ptyd_frames.Hello.parse(payload).seq
            elif kind == ptyd_frames.OUTPUT:
                self._output += payload
                self._seq += len(payload)
        self._send(ptyd_frames.encode(ptyd_frames.ACK, ptyd_frames.pack_ack(self._seq)))
        return True

    def _ping(self) -> None:
        """Tell the terminal from time to time that somebody is there."""
        if time.monotonic() - self._last_ping > PING_SECONDS:
            self._last_ping = time.monotonic()
            self._send(ptyd_frames.encode(ptyd_frames.PING))

    def _text(self, start: int = 0) -> str:
        return self._output[start:].decode(errors="replace").replace("\r\n", "\n")

    def _send_keys(self, keys: str) -> None:
        self._send(ptyd_frames.encode(ptyd_frames.INPUT, keys.encode()))

    def _send(self, data: bytes) -> None:
        try:
            self._socket.sendall(data)
        except OSError as error:
            raise EngineError(f"the terminal is gone: {error}") from error


def is_done(text: str, line: str, pastes: bool) -> bool:
    """Whether a prompt stands after what a line has printed."""
    after = after_echo(text, line, pastes)
    return after is not None and PROMPT.search(f"\n{cleaned(after)}") is not None


def printed_of(text: str, line: str, pastes: bool) -> str:
    """Return what a line has printed so far, without escapes."""
    return cleaned(after_echo(text, line, pastes) or "")


def after_echo(text: str, line: str, pastes: bool) -> str | None:
    """Return what comes after the echo of a line; None while Enter was not taken."""
    if pastes:
        _, accepted, after = text.partition(PASTE_OFF)
        return after.lstrip("\r") if accepted else None
    lines = text.split("\n", line.count("\n") + 1)
    return lines[-1] if len(lines) > line.count("\n") + 1 else None


def cleaned(text: str) -> str:
    """Return a text as it stands on a screen, without what steers that."""
    return ESCAPES.sub("", text).replace("\r", "").replace("\x07", "")


def without_prompt(text: str) -> str:
    """Return what was printed, without the prompt after it."""
    return PROMPT.sub("", f"\n{text}").lstrip("\n")


def terminals_of(docker_url: str) -> Callable[[str], contextlib.AbstractContextManager[Terminal]]:
    """Return what opens the terminal of a container on an engine."""

    @contextlib.contextmanager
    def open_terminal(container_id: str) -> Iterator[Terminal]:
        with contextlib.closing(docker.APIClient(base_url=docker_url)) as api:
            try:
                running = api.exec_create(container_id, list(ATTACH), stdin=True)
                stream = api.exec_start(running["Id"], socket=True)
            except (DockerException, RequestException) as error:
                raise EngineError(f"no terminal can be opened: {error}") from error
            with contextlib.closing(stream):
                # The SDK wraps the socket for reading alone.
                connection: socket.socket = stream._sock  # type: ignore[union-attr]
                connection.settimeout(READ_SECONDS)
                typist = Typist(connection)
                typist.wait_for_shell()
                yield typist

    return open_terminal
