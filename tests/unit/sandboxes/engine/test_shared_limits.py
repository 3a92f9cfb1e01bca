"""Limits that all machines share are known, raised where they may be, and never lowered."""

from pathlib import Path
from typing import Any

import pytest

from sandboxes.engine.linux.shared_limits import shared_limits
from sandboxes.machine_types.registry import limits_of_the_host

SETTINGS = {
    "fs/inotify/max_user_instances": 128,
    "fs/file-max": 1000,
    "kernel/pid_max": 32768,
    "kernel/pty/max": 4096,
    "kernel/pty/reserve": 1024,
    "kernel/keys/maxkeys": 200,
    "kernel/keys/maxbytes": 20000,
}


@pytest.fixture
def sysctl(tmp_path: Path) -> Path:
    for name, number in SETTINGS.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"{number}\n")
    return tmp_path


def test_two_hundred_machines_need_more_than_the_kernel_gives(sysctl: Path) -> None:
    limits = shared_limits(200, files_each=500, processes_each=256, sysctl=sysctl)
    assert {limit.setting for limit in limits if limit.read() < limit.needed} == {
        "fs.inotify.max_user_instances",
        "fs.file-max",
        "kernel.pid_max",
        "kernel.pty.max",
        "kernel.keys.maxkeys",
        "kernel.keys.maxbytes",
    }


def test_limits_are_raised_to_what_is_needed(sysctl: Path) -> None:
    for limit in shared_limits(200, files_each=500, processes_each=256, sysctl=sysctl):
        limit.allow_needed()
        assert limit.read() == limit.needed


def test_no_limit_is_lowered(sysctl: Path) -> None:
    for name in SETTINGS.keys() - {"kernel/pty/reserve"}:
        (sysctl / name).write_text("999999999")
    for limit in shared_limits(1, files_each=1, processes_each=1, sysctl=sysctl):
        limit.allow_needed()
        assert limit.read() == 999999999


def test_more_machines_need_more_of_each(sysctl: Path, settings: Any) -> None:
    needed = []
    for settings.MACHINES_MAX in (40, 200):
        needed.append([limit.needed for limit in limits_of_the_host(sysctl)])
    assert all(few < many for few, many in zip(*needed, strict=True))
