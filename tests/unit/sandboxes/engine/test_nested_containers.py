"""What the kernel says of a process is read whatever the process is called."""

import os
from pathlib import Path

import pytest

from sandboxes.engine.linux.nested_containers import (
    ProcessStat,
    group_processes,
    machine_processes,
    parse_stat,
)

LINE = (
    "{pid} ({name}) S 7 1 1 0 -1 4194560 100 200 0 0 3 4 5 6 20 0 1 0 100 1000000 250 "
    "18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0\n"
)


@pytest.mark.parametrize("name", ["sh", "a b", "x) S 1 (", "(((", ") ", ""])
def test_a_name_may_hold_anything(name: str) -> None:
    assert parse_stat(LINE.format(pid=42, name=name)) == ProcessStat(42, 7, name, 18, 250)


def test_processes_of_no_container_are_none() -> None:
    assert machine_processes("a" * 64, os.getpid()) == []


def test_processes_of_a_group_are_those_of_the_groups_in_it(tmp_path: Path) -> None:
    (tmp_path / "docker" / "inner").mkdir(parents=True)
    (tmp_path / "cgroup.procs").write_text("1\n2\n")
    (tmp_path / "docker" / "inner" / "cgroup.procs").write_text("3\n")
    assert sorted(group_processes(tmp_path)) == [1, 2, 3]
    assert group_processes(tmp_path / "gone") == []
