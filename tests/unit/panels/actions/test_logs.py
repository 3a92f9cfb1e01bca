"""What a container has printed comes as lines, the last ones, within bounds."""

from typing import Any

import pytest

from panels.actions.logs import CHARS_MAX, LINE_CHARS, engine_time, read_logs
from panels.errors import PanelRefused, PanelUnavailable
from tests.support.docker_api import requests_of, scripted_machine

ID = "a" * 64
DESCRIPTION = f"/containers/{ID}/json"
LOGS = f"/containers/{ID}/logs"
AT = "2030-01-01T10:00:00.000000001Z"
LATER = "2030-01-01T10:00:00.000000002Z"


def frame(text: str, stream: int = 1) -> bytes:
    data = text.encode()
    return bytes([stream, 0, 0, 0]) + len(data).to_bytes(4, "big") + data


def logs(output: Any, *, tty: bool = False, **arguments: Any) -> dict[str, Any]:
    machine = scripted_machine({DESCRIPTION: {"Config": {"Tty": tty}}, LOGS: output})
    return read_logs(machine, {"id": ID, **arguments})


def test_lines_of_both_streams() -> None:
    output = frame(f"{AT} hello\n") + frame(f"{LATER} oh no\n", stream=2)
    assert logs(output) == {
        "lines": [
            {"at": AT, "stream": "out", "text": "hello"},
            {"at": LATER, "stream": "err", "text": "oh no"},
        ],
        "cut": False,
    }


def test_a_terminals_output_has_no_frames() -> None:
    assert logs(f"{AT} a\r\n{LATER} b\r\n".encode(), tty=True)["lines"] == [
        {"at": AT, "stream": "out", "text": "a"},
        {"at": LATER, "stream": "out", "text": "b"},
    ]


def test_only_what_came_after_a_line() -> None:
    output = frame(f"{AT} old\n") + frame(f"{LATER} new\n")
    assert [line["text"] for line in logs(output, since=AT)["lines"]] == ["new"]


def test_the_engine_is_asked_for_the_last_lines_since_a_time() -> None:
    machine = scripted_machine({DESCRIPTION: {}, LOGS: b""})
    read_logs(machine, {"id": ID, "since": AT})
    query = "stdout=1&stderr=1&timestamps=1&tail=500&since=1893492000.000000001"
    assert requests_of(machine)[-1] == ("GET", f"{LOGS}?{query}")


@pytest.mark.parametrize(
    ("stamp", "time"),
    [
        ("2030-01-01T10:00:00Z", "1893492000.000000000"),
        ("2030-01-01T10:00:00.5Z", "1893492000.500000000"),
        ("2030-01-01T12:00:00.123456789+02:00", "1893492000.123456789"),
    ],
)
def test_a_stamp_is_a_time_of_the_engine(stamp: str, time: str) -> None:
    assert engine_time(stamp) == time


@pytest.mark.parametrize("since", [7, ["a"], "yesterday", f"{AT}&tail=all", "9" * 500])
def test_other_times_are_refused(since: Any) -> None:
    with pytest.raises(PanelRefused):
        logs(b"", since=since)


@pytest.mark.parametrize("since", ["2030-13-01T10:00:00Z", "2030-01-01T25:00:00Z"])
def test_times_that_are_none_are_refused(since: str) -> None:
    with pytest.raises(PanelRefused):
        logs(b"", since=since)


def test_long_lines_are_cut_and_the_last_ones_stay() -> None:
    lines = logs(frame(f"{AT} {'x' * 9_000}\n") * 100)
    assert {len(line["text"]) for line in lines["lines"]} == {LINE_CHARS}
    assert len(lines["lines"]) == CHARS_MAX // LINE_CHARS
    assert lines["cut"] is True


def test_fewer_lines_are_asked_for_where_they_are_too_long() -> None:
    answers = iter([b"x" * 2_000_000, frame(f"{AT} short\n")])
    machine = scripted_machine({DESCRIPTION: {}, LOGS: lambda: next(answers)})
    assert [line["text"] for line in read_logs(machine, {"id": ID})["lines"]] == ["short"]
    assert "tail=50&" in requests_of(machine)[-1][1] or requests_of(machine)[-1][1].endswith(
        "tail=50"
    )


def test_lines_that_are_far_too_long_are_told_of() -> None:
    with pytest.raises(PanelUnavailable, match="docker logs"):
        logs(b"x" * 2_000_000)


@pytest.mark.parametrize(
    "output",
    [
        b"",
        b"\x01",
        b"\x01\x00\x00\x00\xff\xff\xff\xffshort",
        b"\x09\x00\x00\x00\x00\x00\x00\x01a",
        b"\xff\xfe\x00",
        b"\n\n\n",
        frame("no time\n"),
        frame("\ud800".encode("utf-8", "surrogatepass").decode("latin-1")),
    ],
)
def test_what_is_no_log_is_no_fault_of_ours(output: bytes) -> None:
    for line in logs(output)["lines"]:
        line["text"].encode()


def test_escapes_come_as_they_were_printed() -> None:
    assert logs(frame(f"{AT} \x1b[31mred\x1b[0m\n"))["lines"][0]["text"] == "\x1b[31mred\x1b[0m"
