"""The remap user's ids meet no range that is already given away."""

from pathlib import Path

import pytest

from operate.engine import remap_user
from operate.engine.remap_user import (
    COUNT,
    LOWEST,
    WIDE_COUNT,
    next_free_base,
    widest_count,
    with_range,
)


def test_an_empty_machine_begins_at_the_lowest():
    assert next_free_base(["", ""]) == LOWEST


def test_ranges_of_both_files_are_stepped_over():
    assert next_free_base(["a:1000000:65536\n", "b:1065536:65536\n"]) == 1131072


def test_lines_that_are_no_ranges_are_passed_over():
    assert next_free_base(["# a comment\nbroken:x:y\n\n"]) == LOWEST


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A host that knows all its users, of whom none has a high number."""
    (tmp_path / "nsswitch.conf").write_text("passwd: files systemd\ngroup: files\nhosts: dns\n")
    (tmp_path / "uid_map").write_text("         0          0 4294967295\n")
    monkeypatch.setattr(remap_user, "NSSWITCH", tmp_path / "nsswitch.conf")
    monkeypatch.setattr(remap_user, "UID_MAP", tmp_path / "uid_map")
    monkeypatch.setattr(remap_user.pwd, "getpwall", list)
    monkeypatch.setattr(remap_user.grp, "getgrall", list)
    return tmp_path


def test_the_range_holds_owners_of_any_usual_number(host: Path) -> None:
    assert with_range("", LOWEST, []) == f"drydock:{LOWEST}:{WIDE_COUNT}\n"
    assert WIDE_COUNT > 718_322_462  # an owner that an archive of node modules had


def test_a_narrow_range_is_widened_where_it_begins(host: Path) -> None:
    text = "a:100000:65536\ndrydock:1000000:65536\n"
    assert with_range(text, 9, [text]) == f"a:100000:65536\ndrydock:1000000:{WIDE_COUNT}\n"


def test_a_range_of_the_operators_stays(host: Path) -> None:
    text = "drydock:1000000:200000\n"
    assert with_range(text, 9, [text]) == text


def test_it_ends_before_other_ranges_users_and_this_systems_own(host: Path) -> None:
    other = "drydock:1000000:65536\nb:1200000:65536\n"
    assert widest_count(LOWEST, [other]) == 200_000
    (host / "uid_map").write_text("0 100000 1500000\n")
    assert widest_count(LOWEST, [""]) == 500_000
    (host / "uid_map").write_text("0 100000 65536\n")
    assert widest_count(LOWEST, [""]) == COUNT


def test_it_stays_narrow_where_users_come_from_a_directory(host: Path) -> None:
    (host / "nsswitch.conf").write_text("passwd: files sss\n")
    assert widest_count(LOWEST, [""]) == COUNT
