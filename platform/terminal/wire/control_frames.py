"""Parse and build the control frames of the websocket subprotocol `drydock.v1`: JSON text.

They are parsed strictly, and built here alone. Binary frames are not here: down they are terminal
bytes, up they are keystrokes. Both ways a byte has a number, counted from the start of the
machine's PTY server; `epoch` (16 hex digits) names that start. Up: resume (always first), resize,
ack, ping. Down: hello, size, turn, exit, error, pong.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from core.budgets import CLIENT
from terminal.errors import BadFrame, TerminalError
from terminal.wire.ptyd_frames import MAX_SIDE

SUBPROTOCOL = "drydock.v1"
MAX_CONTROL_CHARS = CLIENT.control_message_chars
MAX_SEQ = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Resume:
    """Begin, or go on where the client was.

    It has all bytes below number `seq` (0: none) of the PTY server's life `epoch` (0: does not
    know).
    """

    seq: int = 0
    cols: int = 80
    rows: int = 24
    epoch: int = 0


@dataclass(frozen=True, slots=True)
class Resize:
    cols: int
    rows: int


@dataclass(frozen=True, slots=True)
class Ack:
    """Acknowledge that all bytes below number `seq` have been rendered."""

    seq: int


@dataclass(frozen=True, slots=True)
class Ping:
    pass


Control = Resume | Resize | Ack | Ping


def parse_control(text: str) -> Control:
    """Parse a frame; unknown fields are ignored. Raises BadFrame."""
    fields = parse_object(text)
    reader = READERS.get(str(fields.get("type")))
    if reader is None:
        raise BadFrame("Unknown type of control frame.")
    return reader(fields)


def parse_object(text: str) -> dict[str, Any]:
    """Parse a JSON object at most MAX_CONTROL_CHARS long. Raises BadFrame."""
    if len(text) > MAX_CONTROL_CHARS:
        raise BadFrame("The control frame is too long.")
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        raise BadFrame("The control frame is not JSON.") from None
    if not isinstance(fields, dict):
        raise BadFrame("The control frame is not a JSON object.")
    return fields


def whole_number(fields: dict[str, Any], name: str, low: int, high: int) -> int:
    """Return the whole number `name`, within low..high. Raises BadFrame."""
    value = fields.get(name)
    if type(value) is not int or not low <= value <= high:
        raise BadFrame(f"{name} must be a whole number from {low} to {high}.")
    return value


def read_epoch(fields: dict[str, Any]) -> int:
    """Return the epoch of a resume, 0 without it. Raises BadFrame."""
    value = fields.get("epoch")
    if value is None:
        return 0
    is_text = isinstance(value, str) and 1 <= len(value) <= 16
    if not is_text or set(value) - set("0123456789abcdef"):
        raise BadFrame("epoch must be 1 to 16 hex digits.")
    return int(value, 16)


def read_resume(fields: dict[str, Any]) -> Resume:
    size = read_resize(fields)
    seq = whole_number(fields, "seq", 0, MAX_SEQ)
    return Resume(seq, size.cols, size.rows, read_epoch(fields))


def read_resize(fields: dict[str, Any]) -> Resize:
    cols = whole_number(fields, "cols", 1, MAX_SIDE)
    return Resize(cols, whole_number(fields, "rows", 1, MAX_SIDE))


def read_ack(fields: dict[str, Any]) -> Ack:
    return Ack(whole_number(fields, "seq", 0, MAX_SEQ))


def read_ping(fields: dict[str, Any]) -> Ping:
    return Ping()


READERS: dict[str, Callable[[dict[str, Any]], Control]] = {
    "resume": read_resume,
    "resize": read_resize,
    "ack": read_ack,
    "ping": read_ping,
}


def build_hello(
    *,
    seq: int,
    end: int,
    reset: bool,
    window: int,
    role: str,
    epoch: int,
    cols: int,
    rows: int,
    modes: str,
) -> str:
    """Build the answer to a resume.

    The output that follows starts at byte number `seq`, and what lies before `end` is old; after
    `reset` the client clears its screen first and writes `modes`. `window`: bytes that may be under
    way unacknowledged; cols and rows: the size at `seq`.
    """
    return build_frame(
        "hello",
        seq=seq,
        end=end,
        reset=reset,
        window=window,
        role=role,
        epoch=f"{epoch:016x}",
        cols=cols,
        rows=rows,
        modes=modes,
    )


def build_size(cols: int, rows: int) -> str:
    """Tell that from this point of the stream on, programs write for this size."""
    return build_frame("size", cols=cols, rows=rows)


def build_turn(leads: bool) -> str:
    """Tell whether, from this point of the stream on, the viewer answers and sets the size."""
    return build_frame("turn", leads=leads)


def build_exit(code: int) -> str:
    """Tell that the shell ended; the code is 128 + signal when it was killed."""
    return build_frame("exit", code=code)


def build_error(error: TerminalError) -> str:
    return build_frame("error", code=error.code, message=error.message)


PONG = '{"type":"pong"}'


def build_frame(kind: str, **fields: Any) -> str:
    return json.dumps({"type": kind, **fields}, separators=(",", ":"))
