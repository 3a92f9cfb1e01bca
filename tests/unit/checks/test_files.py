"""Check files beyond their content: whether they are there, what, whose, how many parts."""

import pytest
from pydantic import ValidationError

from checks.results import evaluate
from tests.support.checks.evidence import (
    command_check,
    command_seen,
    evidence,
    file_check,
    file_seen,
)

FOLDER = file_seen(None, kind="directory", mode=0o750, uid=1000)


def evaluated(check, observed):
    return evaluate(check, evidence(files={"/root/answer": observed}))


@pytest.mark.parametrize(
    ("fields", "observed", "expected"),
    [
        ({"type": "any"}, file_seen(b""), "is something"),
        ({"type": "regular"}, file_seen(b"42"), "is a regular file"),
        ({"type": "regular"}, file_seen(None, kind="held"), "is a regular file"),
        ({"type": "directory", "mode": "750"}, FOLDER, "is a folder and has the mode 750"),
        ({"type": "symlink"}, file_seen(None, kind="symlink"), "is a symbolic link"),
        ({"mode": "0750", "owner": 1000}, FOLDER, "has the mode 0750 and belongs to user 1000"),
        ({"mode": "644", "owner": 0, "equals": "42"}, file_seen(b"42"),
         "has the mode 644 and belongs to user 0 and holds “42”"),
        ({"exists": False}, file_seen(None, kind="missing"), "does not exist"),
    ],
)  # fmt: skip
def test_what_is_as_it_should_be(fields, observed, expected):
    result = evaluated(file_check(**fields), observed)
    assert (result.passed, result.expected) == (True, f"/root/answer {expected}")


@pytest.mark.parametrize(
    ("fields", "observed", "finding"),
    [
        ({"type": "any"}, file_seen(None, kind="missing"), "nothing of that name"),
        ({"type": "regular"}, FOLDER, "a folder"),
        ({"type": "directory"}, file_seen(b"42"), "a regular file"),
        (
            {"type": "directory"},
            file_seen(None, kind="other"),
            "something that is neither a file nor a folder",
        ),
        ({"mode": "755"}, FOLDER, "the mode 0750"),
        ({"owner": 0}, FOLDER, "user 1000 as its owner"),
        ({"exists": False}, FOLDER, "a folder"),
        ({"mode": "600", "equals": "42"}, file_seen(b"42"), "the mode 0644"),
        ({"mode": "644", "equals": "43"}, file_seen(b"42"), "“42”"),
        (
            {"equals": "42"},
            file_seen(None, kind="held"),
            "a file that one of your programs keeps for itself",
        ),
        (
            {"type": "regular", "equals": "42"},
            file_seen(None, kind="missing"),
            "no file of that name",
        ),
    ],
)
def test_what_is_not_is_described(fields, observed, finding):
    result = evaluated(file_check(**fields), observed)
    assert not result.passed
    assert result.found.startswith(finding)


def test_what_passed_is_described_too():
    result = evaluated(file_check(type="any"), FOLDER).found
    assert result == "a folder with the mode 0750 that belongs to user 1000"


@pytest.mark.parametrize(("text", "earned"), [(b"a b c", 3), (b"a c", 2), (b"c", 1), (b"", 0)])
def test_each_part_earns_its_share(text, earned):
    result = evaluated(file_check(points=3, contains_each=["a", "b", "c"]), file_seen(text))
    assert (result.passed, result.earned) == (earned == 3, earned)
    assert result.expected == "/root/answer holds a text with each of “a”, “b”, “c” in it"


def test_what_a_command_prints_has_parts_as_well():
    check = command_check(points=2, contains_each=["a", "b"])
    result = evaluate(check, evidence(commands={"command": command_seen(b"only a")}))
    assert (result.earned, result.found) == (1, "it printed “only a”, without “b”")


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"exists": True},
        {"exists": False, "mode": "644"},
        {"exists": False, "equals": "42"},
        {"type": "directory", "equals": "42"},
        {"mode": "888"},
        {"mode": 644},
        {"owner": -1},
        {"equals": "42", "contains_each": ["4"]},
        {"contains_each": [" "]},
    ],
)
def test_what_makes_no_sense_is_refused(fields):
    with pytest.raises(ValidationError):
        file_check(**fields)
