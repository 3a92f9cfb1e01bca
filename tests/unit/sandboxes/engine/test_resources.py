"""What a host has left is read as the kernel tells it."""

from pathlib import Path

import pytest

from sandboxes.engine.linux.resources import kernel_keys, measure_resources, terminals

FILES = {
    "meminfo": "MemTotal:       1000 kB\nMemFree:  1 kB\nMemAvailable:    250 kB\nHugetlb: 0 kB\n",
    "sys/fs/file-nr": "3287\t0\t10000\n",
    "sys/kernel/pty/max": "4096\n",
    "sys/kernel/pty/reserve": "1024\n",
    "sys/kernel/pty/nr": "72\n",
    "sys/kernel/keys/maxkeys": "200\n",
    "sys/kernel/keys/maxbytes": "20000\n",
    "sys/kernel/keys/root_maxkeys": "1000000\n",
    "sys/kernel/keys/root_maxbytes": "25000000\n",
    "key-users": "    0: 9 8/8 3/1000000 40/25000000\n1000000: 151 150/150 150/200 10500/20000\n",
    "loadavg": "0.1 0.2 0.3 4/768 999\n",
    "sys/kernel/pid_max": "32768\n",
    "sys/kernel/threads-max": "192731\n",
}


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_everything_is_measured(proc: Path) -> None:
    left = {each.name: each for each in measure_resources([proc], remap_uid=1000000, proc=proc)}
    figures = {name: (each.free, each.total) for name, each in left.items() if name != "disk"}
    assert figures == {
        "memory": (250 * 1024, 1000 * 1024),
        "open files": (10000 - 3287, 10000),
        "terminals": (3000, 3072),
        "kernel keys": (50, 200),
        "processes": (32000, 32768),
    }
    assert left["disk"].total > left["disk"].free > 0


def test_keys_are_short_when_their_bytes_are(proc: Path) -> None:
    (proc / "key-users").write_text("1000000: 10 10/10 10/200 19000/20000\n")
    assert kernel_keys(proc, 1000000).free == 10


def test_user_without_any_key_has_all_of_them(proc: Path) -> None:
    assert kernel_keys(proc, 4711).free == 200


def test_machines_get_no_terminals_of_the_hosts_reserve(proc: Path) -> None:
    (proc / "sys/kernel/pty/nr").write_text("3072\n")
    assert terminals(proc).free == 0


def test_what_the_kernel_does_not_tell_is_left_out(tmp_path: Path) -> None:
    assert [each.name for each in measure_resources([tmp_path], remap_uid=0, proc=tmp_path)] == [
        "disk"
    ]


def test_this_host_tells_of_everything() -> None:
    assert len(measure_resources([Path("/")], remap_uid=1000000)) == 6


def test_folder_that_is_away_hides_no_other_resource(proc: Path) -> None:
    left = measure_resources([proc / "away"], remap_uid=0, proc=proc)
    assert "disk" not in {each.name for each in left}
    assert len(left) == 5
