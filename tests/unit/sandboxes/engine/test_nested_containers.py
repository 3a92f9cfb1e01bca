"""What the kernel says of a process is read whatever the process is called."""

import pytest

from sandboxes.engine.linux.nested_containers import ProcessStat, parse_stat

LINE = (
    "{pid} ({name}) S 7 1 1 0 -1 4194560 100 200 0 0 3 4 5 6 20 0 1 0 100 1000000 250 "
    "18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0\n"
)


@pytest.mark.parametrize("name", ["sh", "a b", "x) S 1 (", "(((", ") ", ""])
def test_a_name_may_hold_anything(name: str) -> None:
    assert parse_stat(LINE.format(pid=42, name=name)) == ProcessStat(42, 7, name, 18, 250)
