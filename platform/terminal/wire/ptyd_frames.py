"""Encode and decode the frames of ptyd, the PTY server in every machine; no I/O.

A frame is a type (one byte), the payload's length (u32, at most 65536) and the payload; all
integers are big-endian. The wire is described in platform/runtime/ptyd/main.c. What comes from ptyd
is a student's input: everything here checks lengths and raises PtydProtocolError, and nothing else,
on bytes that make no sense.

Names: `encode` makes whole frames, `pack_*` makes payloads, `parse_*` reads payloads.
"""

from __future__ import annotations

import re
import struct
import sys
from dataclasses import dataclass
from typing import NamedTuple

from core.budgets import MACHINE

MAX_PAYLOAD = MACHINE.frame_bytes
VERSION = 1
# Columns or rows. No screen has so many; a machine that claims more would freeze the page.
MAX_SIDE = MACHINE.side
# Bytes that bring a terminal into a state.
MAX_MODES = MACHINE.modes_bytes

# viewer → ptyd
ATTACH = b"A"
INPUT = b"I"
RESIZE = b"R"
ACK = b"K"
PING = b"P"
DETACH = b"D"
REPLY = b"Y"
CONNECT = b"C"
# ptyd → viewer
HELLO = b"H"
OUTPUT = b"O"
SIZE = b"Z"
EXIT = b"X"
PONG = b"Q"
ERROR = b"E"
TURN = b"T"
CONNECTED = b"G"

_UP = (ATTACH, INPUT, RESIZE, ACK, PING, DETACH, REPLY, CONNECT)
_DOWN = (HELLO, OUTPUT, SIZE, EXIT, PONG, ERROR, TURN, CONNECTED)
_TYPES = frozenset(b"".join(_UP + _DOWN))
_HEADER = struct.Struct(">BI")
_ATTACH = struct.Struct(">BBHHIQQ")
_HELLO = struct.Struct(">QQBHHQ")
_SIZE = struct.Struct(">HH")
_SEQ = struct.Struct(">Q")
_EXIT = struct.Struct(">i")
_PORT = struct.Struct(">H")
# Flags of an attach, …
_READ_ONLY, _FOLLOWS = 1, 2
# … and of a hello.
_RESET, _TELLS_TURNS = 1, 2
TERMINAL_NAME = re.compile(r"[a-z0-9-]{1,32}")


class PtydProtocolError(Exception):
    """Refuse bytes that are not ptyd's protocol.

    Drop the connection then: there is no way to find the next frame.
    """


class Frame(NamedTuple):
    """Hold a frame: its type (one byte) and its payload."""

    type: bytes
    payload: bytes


def encode(type: bytes, payload: bytes = b"") -> bytes:
    """Return the whole frame.

    Raises ValueError when the payload is over MAX_PAYLOAD (the caller must split it).
    """
    if len(payload) > MAX_PAYLOAD:
        raise ValueError(f"a payload of {len(payload)} bytes is over {MAX_PAYLOAD}")
    return _HEADER.pack(type[0], len(payload)) + payload


class FrameDecoder:
    """Cut a stream of bytes into frames, holding what was pushed and not taken."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[Frame]:
        """Return the frames that `data` completes. Raises as `take`."""
        self.push(data)
        return self.take(sys.maxsize)

    def push(self, data: bytes) -> None:
        self._buffer += data

    def take(self, most: int) -> list[Frame]:
        """Return the next frames, at most so many, of what was pushed.

        Raises PtydProtocolError on an unknown type or an oversized frame. A header is judged as
        soon as it is there, so that no more than one unfinished frame is ever held.
        """
        frames: list[Frame] = []
        start = 0
        while len(frames) < most and (end := self._frame_end(start)) is not None:
            body = start + _HEADER.size
            frames.append(
                Frame(bytes(self._buffer[start : start + 1]), bytes(self._buffer[body:end]))
            )
            start = end
        del self._buffer[:start]
        return frames

    def take_rest(self) -> bytes:
        """Return what was pushed behind the frames that were taken."""
        rest = bytes(self._buffer)
        self._buffer.clear()
        return rest

    def _frame_end(self, start: int) -> int | None:
        """Return where the frame at `start` ends, or None when it is not complete."""
        have = len(self._buffer) - start
        if have < 1:
            return None
        if self._buffer[start] not in _TYPES:
            raise PtydProtocolError("unknown frame type")
        if have < _HEADER.size:
            return None
        _, length = _HEADER.unpack_from(self._buffer, start)
        if length > MAX_PAYLOAD:
            raise PtydProtocolError("oversized frame")
        end = start + _HEADER.size + int(length)
        return end if end <= len(self._buffer) else None


@dataclass(frozen=True)
class Attach:
    """Attach a viewer; its first frame.

    `window`: most bytes unacknowledged; `seq`: number of the next byte that it needs; `follows`:
    wants to know whose turn it is.
    """

    name: str = "main"
    cols: int = 80
    rows: int = 24
    window: int = 262144
    epoch: int = 0
    seq: int = 0
    read_only: bool = False
    follows: bool = True

    def encode(self) -> bytes:
        """Return the whole frame; ValueError when ptyd would refuse the name."""
        if not TERMINAL_NAME.fullmatch(self.name):
            raise ValueError("a terminal's name is 1 to 32 of a-z, 0-9 and -")
        flags = self.read_only * _READ_ONLY | self.follows * _FOLLOWS
        head = _ATTACH.pack(VERSION, flags, self.cols, self.rows, self.window, self.epoch, self.seq)
        return encode(ATTACH, head + self.name.encode())

    @classmethod
    def parse(cls, payload: bytes) -> Attach:
        """Read an attach frame's payload, as a stand-in for ptyd does in tests."""
        if len(payload) < _ATTACH.size:
            raise PtydProtocolError("short attach")
        version, flags, cols, rows, window, epoch, seq = _ATTACH.unpack_from(payload)
        name = payload[_ATTACH.size :].decode("ascii", "replace")
        if version != VERSION or not TERMINAL_NAME.fullmatch(name):
            raise PtydProtocolError("bad attach")
        read_only, follows = bool(flags & _READ_ONLY), bool(flags & _FOLLOWS)
        return cls(name, cols, rows, window, epoch, seq, read_only, follows)


@dataclass(frozen=True)
class Hello:
    """Answer an attach.

    The output that follows starts at byte `seq`; `end` bytes were produced so far. A ptyd that
    `tells_turns` sends turn frames and takes replies; after a reset its `modes` are the bytes that
    bring a fresh terminal into the state that the output goes on from.
    """

    epoch: int
    seq: int
    reset: bool
    cols: int
    rows: int
    end: int
    tells_turns: bool = True
    modes: str = ""

    def encode(self) -> bytes:
        """Return the whole frame, as a stand-in for ptyd sends it in tests."""
        flags = self.reset * _RESET | self.tells_turns * _TELLS_TURNS
        head = _HELLO.pack(self.epoch, self.seq, flags, self.cols, self.rows, self.end)
        return encode(HELLO, head + self.modes.encode("ascii"))

    @classmethod
    def parse(cls, payload: bytes) -> Hello:
        """Read a hello frame's payload."""
        head, modes = payload[: _HELLO.size], payload[_HELLO.size :]
        epoch, seq, flags, cols, rows, end = _unpack(_HELLO, head)
        reset, tells_turns = bool(flags & _RESET), bool(flags & _TELLS_TURNS)
        if flags & ~(_RESET | _TELLS_TURNS) or seq > end:
            raise PtydProtocolError("bad hello")
        if len(modes) > reset * MAX_MODES or not modes.isascii():
            raise PtydProtocolError("bad modes")
        cols, rows = clamp_size(cols, rows)
        return cls(epoch, seq, reset, cols, rows, end, tells_turns, modes.decode("ascii"))


def clamp_size(cols: int, rows: int) -> tuple[int, int]:
    """Return the nearest size that a terminal may have."""
    return max(1, min(cols, MAX_SIDE)), max(1, min(rows, MAX_SIDE))


def pack_resize(cols: int, rows: int) -> bytes:
    """Return the payload of a resize frame (and of a size frame)."""
    return _SIZE.pack(cols, rows)


def pack_port(port: int) -> bytes:
    """Return the payload of a connect frame."""
    return _PORT.pack(port)


def pack_ack(seq: int) -> bytes:
    """Return the payload of an ack frame: bytes rendered up to number `seq`."""
    return _SEQ.pack(seq)


def parse_size(payload: bytes) -> tuple[int, int]:
    """Read a size frame's payload: (cols, rows), brought into bounds."""
    cols, rows = _unpack(_SIZE, payload)
    return clamp_size(cols, rows)


def parse_turn(payload: bytes) -> bool:
    """Read a turn frame's payload: whether the viewer leads from here on."""
    if payload not in (b"\0", b"\1"):
        raise PtydProtocolError("bad turn")
    return payload == b"\1"


def parse_exit(payload: bytes) -> int:
    """Read an exit frame's payload: the shell's exit code, 128 + signal when it was killed."""
    return int(_unpack(_EXIT, payload)[0])


def _unpack(shape: struct.Struct, payload: bytes) -> tuple[int, ...]:
    if len(payload) != shape.size:
        raise PtydProtocolError(f"payload of {len(payload)} bytes, expected {shape.size}")
    return shape.unpack(payload)
