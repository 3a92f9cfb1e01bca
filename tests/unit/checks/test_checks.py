"""Checks held against evidence: what passes, what fails, and what the student is told."""

from typing import Any

import pytest

from checks.results import evaluate, evaluate_all
from core.specs.outcomes import EvidenceMissing, printable, quoted
from tests.support.checks.evidence import (
    command_check,
    command_seen,
    evidence,
    file_check,
    file_seen,
    process_check,
    process_seen,
)

FACTS = {
    "kernel": "6.1.0-13",
    "memory_bytes": 536870912,
    "pids_max": 256,
    "cpus": 0.5,
    "hostname": "box",
    "init": "ptyd",
}


def evaluate_file(observed, **fields: Any):
    return evaluate(file_check(**fields), evidence(files={"/root/answer": observed}, facts=FACTS))


def evaluate_command(observed, **fields: Any):
    return evaluate(command_check(**fields), evidence(commands={"command": observed}))


def evaluate_process(*observed: Any, **fields: Any):
    return evaluate(process_check(**fields), evidence(processes=list(observed)))


@pytest.mark.parametrize(
    ("content", "rule", "passed"),
    [
        (b"42\n", {"equals": "42"}, True),
        (b"  42 \n\n", {"equals": " 42"}, True),
        (b"421\n", {"equals": "42"}, False),
        (b"", {"equals": "42"}, False),
        (b"the answer is 42.", {"contains": "42"}, True),
        (b"the answer is 41.", {"contains": "42"}, False),
        (b"a\npid: 7\n", {"matches": "^pid: [0-9]+$"}, True),
        (b"a pid: 7\n", {"matches": "^pid: [0-9]+$"}, False),
        (b"6.1.0-13\n", {"equals_fact": "kernel"}, True),
        (b"6.1.0-14\n", {"equals_fact": "kernel"}, False),
        (b"536870912\n", {"equals_fact": "memory_bytes"}, True),
        (b"512M\n", {"equals_fact": "memory_bytes"}, False),
        (b"0.50", {"equals_fact": "cpus"}, True),
        (b"0.6", {"equals_fact": "cpus"}, False),
        (b"nan", {"equals_fact": "cpus"}, False),
        ("٢٥٦".encode(), {"equals_fact": "pids_max"}, False),
        (b"9" * 400, {"equals_fact": "pids_max"}, False),
    ],
)
def test_file_content(content, rule, passed):
    result = evaluate_file(file_seen(content), **rule)
    assert (result.passed, result.earned, result.points) == (passed, 2 if passed else 0, 2)
    assert result.message == ("" if passed else "Look again.")
    assert result.read == "Processes"


@pytest.mark.parametrize(
    ("observed", "finding"),
    [
        (file_seen(None, kind="missing"), "no file of that name"),
        (file_seen(None, kind="directory"), "a folder"),
        (file_seen(None, kind="symlink"), "a symbolic link; write a regular file"),
        (
            file_seen(None, kind="other"),
            "something that is not a regular file (a pipe, a socket or a device)",
        ),
        (
            file_seen(None, kind="unheard of"),
            "something that is not a regular file (a pipe, a socket or a device)",
        ),
        (
            file_seen(None, truncated=True, size=10**12),
            "a file of 1000000000000 bytes, too large to be the answer",
        ),
        (file_seen(None, size=7), "a file of 7 bytes, too large to be the answer"),
        (file_seen(b"\xff\xfe42"), "a file of 4 bytes that are not text"),
        (file_seen(b"42\0"), "a file of 3 bytes that are not text"),
        (file_seen(b""), "nothing"),
        (file_seen(b" \n"), "nothing but white space"),
        (file_seen(b"43\n"), "“43”"),
    ],
)
def test_file_that_fails_is_described(observed, finding):
    result = evaluate_file(observed, equals="42")
    assert (result.passed, result.found, result.expected) == (
        False,
        finding,
        "/root/answer holds “42”",
    )


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"contains": "42"}, "/root/answer holds a text with “42” in it"),
        ({"matches": "^4"}, "/root/answer holds what the task asks for"),
        ({"matches": "^42$"}, "/root/answer holds the line “42”"),
        ({"matches": "a|b"}, "/root/answer holds a text with “a” or “b” in it"),
        (
            {"equals_fact": "kernel"},
            "/root/answer holds the release of the kernel that this machine runs on",
        ),
    ],
)
def test_expected_names_the_rule_but_never_a_measured_value(rule, expected):
    result = evaluate_file(file_seen(), **rule)
    assert result.expected == expected
    assert FACTS["kernel"] not in result.expected


@pytest.mark.parametrize(
    ("observed", "rule", "passed"),
    [
        (command_seen(b"42\n"), {"equals": "42"}, True),
        (command_seen(b"41\n"), {"equals": "42"}, False),
        (command_seen(b"x42y"), {"contains": "42"}, True),
        (command_seen(b"x42y"), {"matches": "[a-z]42"}, True),
        (command_seen(b"anything"), {}, True),
        (command_seen(b"\xff\xfe"), {}, True),
        (command_seen(b"\xff\xfe"), {"contains": "x"}, False),
        (command_seen(exit_code=3), {"exit_code": 3}, True),
        (command_seen(exit_code=0), {"exit_code": 3}, False),
        (command_seen(timed_out=True, exit_code=None), {"contains": "42"}, False),
        (command_seen(truncated=True), {"contains": "42"}, False),
        (command_seen(exit_code=None, signal=9), {"contains": "42"}, False),
        (command_seen(exit_code=None, error=2), {}, False),
    ],
)
def test_command_output(observed, rule, passed):
    assert evaluate_command(observed, **rule).passed is passed


@pytest.mark.parametrize(
    ("observed", "finding"),
    [
        (command_seen(b"41\n"), "it printed “41”"),
        (command_seen(b""), "it printed nothing"),
        (command_seen(b"\xff\xfe"), "it printed 2 bytes that are not text"),
        (command_seen(exit_code=1), "it ended with exit code 1"),
        (
            command_seen(exit_code=1, stderr=b"no such\n"),
            "it ended with exit code 1 and the complaint “no such”",
        ),
        (command_seen(exit_code=1, stderr=b"\xff"), "it ended with exit code 1"),
        (command_seen(timed_out=True, exit_code=None), "it had not ended after 5 seconds"),
        (command_seen(truncated=True), "it printed more than is read, beginning with “42”"),
        (
            command_seen(b"\xff", truncated=True),
            "it printed more than is read, beginning with bytes that are not text",
        ),
        (command_seen(exit_code=None, signal=11), "it was ended by signal SIGSEGV"),
        (command_seen(exit_code=None, signal=99), "it was ended by signal 99"),
        (command_seen(exit_code=None), "it was ended by signal None"),
        (
            command_seen(exit_code=None, error=2),
            "it could not be started: No such file or directory",
        ),
    ],
)
def test_command_that_fails_is_described(observed, finding):
    assert evaluate_command(observed, equals="42").found == finding


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({}, "`cat /root/answer` ends with exit code 0"),
        ({"exit_code": 2}, "`cat /root/answer` ends with exit code 2"),
        ({"equals": "42"}, "`cat /root/answer` ends with exit code 0 and prints “42”"),
    ],
)
def test_expected_names_the_command(rule, expected):
    assert evaluate_command(command_seen(), **rule).expected == expected


SLEEP = process_seen("sleep", "sleep 1000")
BASH = process_seen("bash", "-bash")


@pytest.mark.parametrize(
    ("observed", "rule", "passed", "finding"),
    [
        ([SLEEP, BASH], {}, True, "1 of them, the first started as “sleep 1000”"),
        ([BASH], {}, False, "none among those that run: bash"),
        ([], {}, False, "none among those that run: "),
        ([SLEEP], {"args_match": "1000$"}, True, "1 of them, the first started as “sleep 1000”"),
        ([SLEEP], {"args_match": "2000$"}, False, "sleep running as “sleep 1000”"),
        ([SLEEP], {"min_count": 2}, False, "1 of them, the first started as “sleep 1000”"),
        ([SLEEP, SLEEP], {"min_count": 2}, True, "2 of them, the first started as “sleep 1000”"),
        ([process_seen("bash", "bash sleep")], {}, False, "none among those that run: bash"),
    ],
)
def test_processes(observed, rule, passed, finding):
    result = evaluate_process(*observed, **rule)
    assert (result.passed, result.found) == (passed, finding)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({}, "a running process named sleep"),
        ({"min_count": 3}, "3 running processes named sleep"),
        ({"args_match": "10+"}, "a running process named sleep and started as the task asks"),
    ],
)
def test_expected_names_the_process(rule, expected):
    assert evaluate_process(SLEEP, **rule).expected == expected


@pytest.mark.parametrize(
    "check",
    [file_check(equals="42"), command_check(), process_check()],
    ids=lambda check: check.kind,
)
def test_missing_evidence_is_never_a_verdict(check):
    with pytest.raises(EvidenceMissing, match=r"was not|were not"):
        evaluate(check, evidence())


@pytest.mark.parametrize(
    ("check", "key"),
    [
        (file_check(equals="42"), "file /root/answer"),
        (command_check(), "commands"),
        (process_check(), "processes"),
    ],
    ids=["file", "command", "process"],
)
def test_missing_evidence_says_why(check, key):
    with pytest.raises(EvidenceMissing, match="away"):
        evaluate(check, evidence(errors={key: "The engine is away."}))


def test_missing_fact_is_never_a_verdict():
    with pytest.raises(EvidenceMissing):
        evaluate(file_check(equals_fact="kernel"), evidence(files={"/root/answer": file_seen()}))


def test_one_missing_piece_grades_nothing():
    observed = evidence(files={"/root/answer": file_seen()})
    with pytest.raises(EvidenceMissing):
        evaluate_all([file_check(equals="42"), process_check()], observed)


def test_results_come_in_the_order_of_the_checks():
    observed = evidence(files={"/root/answer": file_seen()}, processes=[SLEEP])
    results = evaluate_all([process_check(), file_check(equals="42")], observed)
    assert [result.check for result in results] == ["process", "file"]


def test_what_is_shown_is_bounded_and_printable():
    assert printable("a\x1b[2J\u202eb\n\x00") == "a\\x1b[2J\\u202eb\\n\\x00"
    assert len(quoted("x" * 10_000)) < 200
    hostile = evaluate_file(file_seen(b"\x1b]0;title\x07<b>" * 1000), equals="42").found
    assert hostile.isprintable()
    assert len(hostile) < 1700


# --- Order and hiding ---


def both(first: bytes, **fields: Any):
    """A check of a file, and one of another file that comes after it."""
    checks = [
        file_check(id="first", equals="1", path="/root/first"),
        file_check(id="then", equals="2", **fields),
    ]
    return checks, evidence(
        files={"/root/first": file_seen(first), "/root/answer": file_seen(b"2")}
    )


def test_a_check_waits_for_those_before_it():
    checks, observed = both(b"0", after=("first",))
    first, then = evaluate_all(checks, observed)
    assert (first.passed, first.waits_for) == (False, [])
    assert (then.passed, then.earned, then.waits_for, then.expected, then.found) == (
        False,
        0,
        ["first"],
        "",
        "",
    )
    assert then.message == "Look again."


def test_once_those_have_passed_it_is_looked_at():
    checks, observed = both(b"1", after=("first",))
    assert [(result.passed, result.waits_for) for result in evaluate_all(checks, observed)] == [
        (True, []),
        (True, []),
    ]


def test_what_waits_needs_no_evidence():
    checks, observed = both(b"0", after=("first",), path="/root/other")
    assert evaluate_all(checks, observed)[1].waits_for == ["first"]


def test_without_its_forerunner_a_check_waits_too():
    (check,), observed = both(b"1", after=("first",))[0][1:], evidence()
    assert evaluate_all([check], observed)[0].waits_for == ["first"]


def test_a_hidden_check_says_so():
    checks, observed = both(b"1", hidden=True)
    assert [result.hidden for result in evaluate_all(checks, observed)] == [False, True]
