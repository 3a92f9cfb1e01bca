"""Encode what the engine asks the checker, and decode what comes back.

The checker is the trusted static program in a probe container. The request goes to its standard
input; the reply is all of its standard output. Integers are big-endian.

    request  "DDQ1" u32 length of the rest
             u8+nonce  u32 most output bytes in all  u32 most ms in all  u16 number of commands
             each: u8+id  u32 time-out (ms)  u32 most bytes of either stream
                   u16 number of words  each word: u32+bytes
    reply    "DDR1" u8+nonce  u16 number of commands
             each: u8+id  u8 outcome (1 exited, 2 killed, 3 timed out, 4 did not start)
                   u32 code  u8 flags (bit 0 cut)  u32+stdout  u32+stderr
             "DDE1" u8+nonce

The nonce never reaches a student's process, and the reply is taken as a whole or not at all: a byte
too few or too many, another nonce, or a command that was not asked for, and nothing in it is
believed.
"""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sandboxes.errors import EngineError

COMMANDS_MAX = 64
WORDS_MAX = 64
REQUEST_MAX = 256 * 1024
OUTPUT_MAX = 64 * 1024
TOTAL_OUTPUT_MAX = 512 * 1024
TOTAL_SECONDS_MAX = 45.0  # commands that have not ended by then count as timed out
# Longest reply: the output, and what stands around each command's. An engine that reads more may
# stop: it is garbled.
REPLY_MAX = TOTAL_OUTPUT_MAX + COMMANDS_MAX * 512
# What the checker may take besides its commands' own time-outs, before its engine gives it up.
GRACE_SECONDS = 6.0

EXITED, KILLED, TIMED_OUT, NOT_STARTED = 1, 2, 3, 4
TRUNCATED = 1


class ProbeGarbled(EngineError):
    """Refuse a reply that is cut short, forged or late. Grade nothing from it."""


class ProbeTooLarge(ValueError):
    """Refuse more commands, or longer commands, than a checker takes."""


@dataclass(frozen=True)
class ProbeCommand:
    """Describe a command for the checker.

    A first word without a slash is one of the platform's own tools (a busybox applet), whatever the
    machine calls so; a first word with a slash is the machine's own file.
    """

    id: str
    argv: tuple[str, ...]
    timeout_seconds: float = 5.0
    output_max: int = OUTPUT_MAX


@dataclass(frozen=True)
class ProbeFact:
    """Tell what a command did.

    `exit_code` is None when it did not end by itself; `signal` is what killed it; `error` is the
    errno when it could not be started. `truncated`: it printed more than it may, and was stopped
    there.
    """

    id: str
    exit_code: int | None
    stdout: bytes
    stderr: bytes
    truncated: bool
    timed_out: bool
    signal: int | None = None
    error: int | None = None


def encode_request(nonce: str, commands: Sequence[ProbeCommand]) -> bytes:
    """Encode a request, ready to be written. Raises ProbeTooLarge."""
    if not 0 < len(commands) <= COMMANDS_MAX:
        raise ProbeTooLarge(f"between 1 and {COMMANDS_MAX} commands, not {len(commands)}")
    head = short_text(nonce) + struct.pack(
        ">IIH", TOTAL_OUTPUT_MAX, int(TOTAL_SECONDS_MAX * 1000), len(commands)
    )
    body = head + b"".join(encode_command(command) for command in commands)
    if len(body) > REQUEST_MAX:
        raise ProbeTooLarge(f"a request of {len(body)} bytes; the checker takes {REQUEST_MAX}")
    return b"DDQ1" + struct.pack(">I", len(body)) + body


def decode_reply(nonce: str, stdout: bytes) -> list[ProbeFact]:
    """Decode a reply's facts, in the order of the commands. Raises ProbeGarbled."""
    reader = ReplyReader(stdout)
    reader.expect(b"DDR1" + short_text(nonce))
    facts = [decode_fact(reader) for _ in range(reader.number("H"))]
    reader.expect(b"DDE1" + short_text(nonce))
    reader.expect_end()
    return facts


def deadline_seconds(commands: Iterable[ProbeCommand]) -> float:
    """Compute how long the checker may take from its start to the end of its reply."""
    return (
        min(sum(command.timeout_seconds for command in commands), TOTAL_SECONDS_MAX) + GRACE_SECONDS
    )


def match_facts(commands: Sequence[ProbeCommand], facts: Sequence[ProbeFact]) -> None:
    """Refuse facts that don't answer exactly these commands in this order.

    Raises ProbeGarbled.
    """
    if [command.id for command in commands] != [fact.id for fact in facts]:
        raise ProbeGarbled("the reply answers other commands")


def short_text(text: str) -> bytes:
    """Encode a text of 1 to 255 bytes behind its length. Raises ProbeTooLarge."""
    data = text.encode()
    if not 0 < len(data) < 256:
        raise ProbeTooLarge(f"between 1 and 255 bytes, not {len(data)}")
    return bytes([len(data)]) + data


def encode_command(command: ProbeCommand) -> bytes:
    if not 0 < len(command.argv) <= WORDS_MAX or any("\0" in word for word in command.argv):
        raise ProbeTooLarge(
            f"command {command.id!r} has no words, too many, or one with a zero byte"
        )
    limits = struct.pack(
        ">IIH",
        int(command.timeout_seconds * 1000),
        min(command.output_max, OUTPUT_MAX),
        len(command.argv),
    )
    argv = [word.encode() for word in command.argv]
    return (
        short_text(command.id)
        + limits
        + b"".join(struct.pack(">I", len(word)) + word for word in argv)
    )


def decode_fact(reader: "ReplyReader") -> ProbeFact:
    id_ = reader.text()
    outcome, code, flags = reader.number("B"), reader.number("I"), reader.number("B")
    if outcome not in (EXITED, KILLED, TIMED_OUT, NOT_STARTED) or flags & ~TRUNCATED:
        raise ProbeGarbled("an outcome that no checker reports")
    stdout, stderr = reader.data(), reader.data()
    return ProbeFact(
        id=id_,
        exit_code=code if outcome == EXITED else None,
        stdout=stdout,
        stderr=stderr,
        truncated=bool(flags & TRUNCATED),
        timed_out=outcome == TIMED_OUT,
        signal=code if outcome == KILLED else None,
        error=code if outcome == NOT_STARTED else None,
    )


class ReplyReader:
    """Take a reply apart from its front.

    Every method raises ProbeGarbled when the bytes are not there.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, size: int) -> bytes:
        taken = self._data[self._at : self._at + size]
        if len(taken) < size:
            raise ProbeGarbled("the reply is cut short")
        self._at += size
        return taken

    def expect(self, data: bytes) -> None:
        if self.take(len(data)) != data:
            raise ProbeGarbled("the reply is not framed by this run's nonce")

    def expect_end(self) -> None:
        if self._at != len(self._data):
            raise ProbeGarbled("something follows the reply")

    def number(self, code: str) -> int:
        value = struct.unpack(f">{code}", self.take(struct.calcsize(f">{code}")))[0]
        return int(value)

    def text(self) -> str:
        try:
            return self.take(self.number("B")).decode()
        except UnicodeDecodeError as error:
            raise ProbeGarbled("an id that is not text") from error

    def data(self) -> bytes:
        return self.take(self.number("I"))
