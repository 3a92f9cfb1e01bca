"""Read what a container of a machine's own Docker engine has printed."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from panels.actions.arguments import HEX_ID, read_argument
from panels.base import Action, Arguments
from panels.errors import PanelRefused, PanelUnavailable, TooMuchSaid
from panels.machine import ObservedMachine
from panels.untrusted import record
from sandboxes.engine.machine_http import MAX_BODY

# The last lines, fewer where they are so long that this many are too much.
TAILS = (500, 50, 5)
LINE_CHARS = 2_000
CHARS_MAX = 150_000
HEADER_BYTES = 8
STREAMS = {0: "out", 1: "out", 2: "err"}
# As the engine writes it in front of each line: RFC 3339 with up to nine digits of a second.
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)")


def read_logs(machine: ObservedMachine, arguments: Arguments) -> dict[str, Any]:
    """Return {"lines": [{"at", "stream", "text"}], "cut"}, the oldest first.

    With `since`, the `at` of a line, only what came after it. `cut` says that there are earlier
    lines. Texts are as they were printed, cut to a length: whoever shows them makes control
    characters harmless.
    """
    container = read_argument(arguments, "id", HEX_ID)
    since = read_argument(arguments, "since", STAMP) if arguments.get("since") else ""
    for tail in TAILS:
        try:
            lines = ask_for_lines(machine, container, tail=tail, since=since)
        except TooMuchSaid:
            continue
        last = last_within(lines)
        return {"lines": last, "cut": len(lines) >= tail or len(last) < len(lines)}
    raise PanelUnavailable(_("Its lines are too long to be shown here: try `docker logs`."))


def ask_for_lines(
    machine: ObservedMachine, container: str, *, tail: int, since: str
) -> list[dict[str, str]]:
    query: dict[str, str | int] = {"stdout": 1, "stderr": 1, "timestamps": 1, "tail": tail}
    if since:
        query["since"] = engine_time(since)
    with machine.docker_session(max_bytes=MAX_BODY) as docker:
        description = record(docker.ask(f"/containers/{container}/json"))
        has_terminal = record(description.get("Config")).get("Tty") is True
        output = docker.ask_raw(f"/containers/{container}/logs", query).body
    pieces = [("out", output)] if has_terminal else split_frames(output)
    return [line for line in read_lines(pieces) if not since or line["at"] > since]


def engine_time(stamp: str) -> str:
    """Write a stamp as the engine's API takes it: seconds since 1970, and nanoseconds.

    Raises PanelRefused for a time that there is not.
    """
    whole, point, rest = stamp.partition(".")
    digits = re.match(r"\d*", rest)[0] if point else ""  # type: ignore[index]  # always matches
    zone = rest[len(digits) :] if point else ""
    try:
        seconds = int(datetime.fromisoformat(whole + zone).timestamp())
    except ValueError:
        raise PanelRefused(_("That is no time.")) from None
    return f"{seconds}.{digits:0<9}"


def split_frames(output: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield which stream printed what.

    A frame has a header of 8 bytes: the stream, three zeros, and the length of what follows
    (https://docs.docker.com/reference/api/engine/, *Attach to a container*). What is no frame is
    taken as it is.
    """
    at = 0
    while at < len(output):
        header = output[at : at + HEADER_BYTES]
        if len(header) < HEADER_BYTES or header[0] not in STREAMS or any(header[1:4]):
            yield "out", output[at:]
            return
        end = at + HEADER_BYTES + int.from_bytes(header[4:], "big")
        yield STREAMS[header[0]], output[at + HEADER_BYTES : end]
        at = end


def read_lines(pieces: Any) -> Iterator[dict[str, str]]:
    """Split what was printed into lines, each with the time that the engine wrote before it."""
    for stream, data in pieces:
        for raw in data.decode(errors="replace").split("\n"):
            if raw:
                stamp, _, rest = raw.partition(" ")
                is_stamped = STAMP.fullmatch(stamp) is not None
                yield {
                    "at": stamp if is_stamped else "",
                    "stream": stream,
                    "text": (rest if is_stamped else raw).rstrip("\r")[:LINE_CHARS],
                }


def last_within(lines: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return as many of the last lines as fit into CHARS_MAX."""
    left = CHARS_MAX
    for count, line in enumerate(reversed(lines)):
        left -= len(line["text"])
        if left < 0:
            return lines[len(lines) - count :]
    return lines


LOGS = Action("read-logs", read_logs)
