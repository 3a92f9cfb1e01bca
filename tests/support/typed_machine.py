"""A machine of any kind on the real engine, used as a student does: by typing into its terminal."""

import re
import socket
import struct
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field

from sandboxes.engine.facts import MachineHandle
from sandboxes.engine.interface import SandboxEngine
from sandboxes.machine_types.base import MachineType
from sandboxes.machine_types.images import image_tag
from sandboxes.machine_types.registry import machine_type
from sandboxes.provisioning.boot import machine_spec, make_and_start, start
from tests.support.waiting import ESCAPES

WINDOW = 1 << 20
PING_SECONDS = 30
PROMPT = re.compile(r"[$#] ?\Z")


class Typist:
    """One viewer of a PTY server's socket (runtime/ptyd/main.c has the wire). Keeps all output."""

    def __init__(self, path: str, name: str = "main") -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(path)
        self._bytes = bytearray()
        self.output = bytearray()
        self._seq = 0
        self._send(b"A", struct.pack(">BBHHIQQ", 1, 0, 120, 40, WINDOW, 0, 0) + name.encode())

    def type(self, keys: str) -> None:
        self._send(b"I", keys.encode())

    def resize(self, columns: int, rows: int) -> None:
        self._send(b"R", struct.pack(">HH", columns, rows))

    def until(self, mark: str, seconds: float = 60, after: int = 0) -> str:
        """Everything since output byte `after`, once `mark` stands in it."""
        end = time.monotonic() + seconds
        while mark.encode() not in self.output[after:]:
            self._take_before(end, repr(mark))
        return self.output[after:].decode(errors="replace")

    def until_prompt(self, seconds: float = 60) -> None:
        """Until the shell has said anything that ends as prompts do."""
        end = time.monotonic() + seconds
        while not PROMPT.search(ESCAPES.sub("", self.output.decode(errors="replace"))):
            self._take_before(end, "a prompt")

    def run(self, command: str, seconds: float = 60) -> tuple[int, str]:
        """Type a command at the prompt: its exit code and what it printed."""
        after, mark = len(self.output), uuid.uuid4().hex[:8]
        self.type(
            f"printf '%s-%s.\\n' begin {mark}; {command}; printf '%s-%s %s.\\n' done {mark} $?\n"
        )
        found = re.compile(rf"begin-{mark}\.\r\n(.*)done-{mark} (\d+)\.\r\n", re.DOTALL)
        said = self.until(f"done-{mark} ", seconds, after)
        while not (match := found.search(said)):
            self._take()
            said = self.output[after:].decode(errors="replace")
        return int(match[2]), ESCAPES.sub("", match[1]).replace("\r", "").strip()

    def say(self, command: str, seconds: float = 60) -> str:
        """What a command printed that must succeed."""
        code, printed = self.run(command, seconds)
        assert code == 0, f"{command}: exit code {code}: {printed}"
        return printed

    def close(self) -> None:
        self._socket.close()

    def _send(self, kind: bytes, payload: bytes) -> None:
        self._socket.sendall(kind + struct.pack(">I", len(payload)) + payload)

    def _take_before(self, end: float, what: str) -> None:
        """One read, with a ping from time to time: who says nothing for long is dropped. Raises AssertionError once
        `end` has come."""
        while (left := end - time.monotonic()) > 0:
            self._socket.settimeout(min(PING_SECONDS, left))
            try:
                self._take()
                return
            except TimeoutError:
                self._send(b"P", b"")
        raise AssertionError(f"{what} did not come; the last: {bytes(self.output[-500:])!r}")

    def _take(self) -> None:
        """One read, and the frames that it completes."""
        got = self._socket.recv(65536)
        assert got, "the terminal's connection ended"
        self._bytes += got
        while len(self._bytes) >= 5:
            length = int.from_bytes(self._bytes[1:5], "big")
            if len(self._bytes) < 5 + length:
                return
            kind, payload = self._bytes[:1], bytes(self._bytes[5 : 5 + length])
            del self._bytes[: 5 + length]
            if kind == b"O":
                self.output += payload
                self._seq += len(payload)
                self._send(b"K", struct.pack(">Q", self._seq))


def reached(machine: "TypedMachine", targets: Iterable[tuple[str, int]]) -> list[str]:
    """Those of some addresses and ports that can be connected to, all tried at once."""
    tries = " ".join(
        f"(timeout 3 bash -c '</dev/tcp/{address}/{port}' 2>/dev/null && echo {address}:{port}) &"
        for address, port in targets
    )
    return machine.run(f"({tries} wait)")[1].split()


@dataclass
class TypedMachine:
    """A machine that runs, with a student at its terminal."""

    engine: SandboxEngine
    kind: MachineType
    machine_id: str
    handle: MachineHandle
    typist: Typist = field(init=False)

    def look(self) -> None:
        """Open its first terminal."""
        self.typist = Typist(self.handle.socket_path)

    def run(self, command: str, seconds: float = 60) -> tuple[int, str]:
        return self.typist.run(command, seconds)

    def say(self, command: str, seconds: float = 60) -> str:
        return self.typist.say(command, seconds)

    def again(self) -> None:
        """Start it after a stop, ready, with a new terminal."""
        start(self.engine, self.handle, self.kind.name)
        self.look()


def start_typed(engine: SandboxEngine, kind_name: str, *, look: bool = True) -> TypedMachine:
    """A ready machine; without `look` its terminal is not open yet, and there is no typist. Remove it with
    engine.remove_machine(machine.machine_id)."""
    kind, machine_id = machine_type(kind_name), str(uuid.uuid4())
    image = engine.image(image_tag(kind.name))
    handle = make_and_start(
        engine, machine_spec(kind.name, machine_id=machine_id, image=image, transport="socket")
    )
    made = TypedMachine(engine, kind, machine_id, handle)
    if look:
        made.look()
    return made
