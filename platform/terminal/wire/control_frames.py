"""The control frames of the websocket subprotocol `drydock.v1`: JSON text, parsed strictly and built here alone.

Binary frames are not here: down they are terminal bytes, up they are keystrokes. Both ways a byte has a number, counted
from the start of the machine's PTY server; `epoch` (16 hex digits) names that start. Up: resume (always first), resize,
ack, ping. Down: hello, size, exit, error, pong.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from terminal.errors import BadFrame, TerminalError

SUBPROTOCOL = "drydock.v1"
# The longest control frame, a resume with every field, takes about 120 characters.
MAX_CONTROL_CHARS = 1024
MAX_SIDE = 1000
MAX_SEQ = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Resume:
    """The client has all bytes below number `seq` (0: none) of the PTY server's life `epoch` (0: does not know)."""

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
    """All bytes below number `seq` have been rendered."""

    seq: int


@dataclass(frozen=True, slots=True)
class Ping:
    pass


Control = Resume | Resize | Ack | Ping


def parse_control(text: str) -> Control:
    """The frame that `text` holds. Unknown fields are ignored. Raises BadFrame."""
    fields = parse_object(text)
    builder = _BUILDERS.get(str(fields.get("type")))
    if builder is None:
        raise BadFrame("Unknown type of control frame.")
    return builder(fields)


def parse_object(text: str) -> dict[str, Any]:
    """The JSON object in `text`, at most MAX_CONTROL_CHARS long. Raises BadFrame."""
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
    """The whole number `name`, within low..high. Raises BadFrame."""
    value = fields.get(name)
    if type(value) is not int or not low <= value <= high:
        raise BadFrame(f"{name} must be a whole number from {low} to {high}.")
    return value


def _epoch(fields: dict[str, Any]) -> int:
    value = fields.get("epoch")
    if value is None:
        return 0
    if not isinstance(value, str) or not 1 <= len(value) <= 16 or set(value) - set("0123456789abcdef"):
        raise BadFrame("epoch must be 1 to 16 hex digits.")
    return int(value, 16)


def _resume(fields: dict[str, Any]) -> Resume:
    resize = _resize(fields)
    return Resume(whole_number(fields, "seq", 0, MAX_SEQ), resize.cols, resize.rows, _epoch(fields))


def _resize(fields: dict[str, Any]) -> Resize:
    return Resize(whole_number(fields, "cols", 1, MAX_SIDE), whole_number(fields, "rows", 1, MAX_SIDE))


def _ack(fields: dict[str, Any]) -> Ack:
    return Ack(whole_number(fields, "seq", 0, MAX_SEQ))


def _ping(fields: dict[str, Any]) -> Ping:
    return Ping()


_BUILDERS: dict[str, Callable[[dict[str, Any]], Control]] = {
    "resume": _resume,
    "resize": _resize,
    "ack": _ack,
    "ping": _ping,
}


def build_hello(*, seq: int, end: int, reset: bool, window: int, role: str, epoch: int, cols: int, rows: int) -> str:
    """The output that follows starts at byte number `seq`, and what lies before `end` is old; after `reset` the client
    clears its screen first. `window`: bytes that may be under way unacknowledged; cols and rows: the size at `seq`."""
    name = f"{epoch:016x}"
    return _build("hello", seq=seq, end=end, reset=reset, window=window, role=role, epoch=name, cols=cols, rows=rows)


def build_size(cols: int, rows: int) -> str:
    """From this point of the stream on, programs write for this size."""
    return _build("size", cols=cols, rows=rows)


def build_exit(code: int) -> str:
    """The shell ended; 128 + signal when it was killed."""
    return _build("exit", code=code)


def build_error(error: TerminalError) -> str:
    return _build("error", code=error.code, message=error.message)


PONG = '{"type":"pong"}'


def _build(kind: str, **fields: Any) -> str:
    return json.dumps({"type": kind, **fields}, separators=(",", ":"))
