"""Disk limits on a btrfs of the test's own, in a file."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandboxes.engine.linux.quotas import enable_quotas, has_simple_quotas, mend_quotas


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A mounted, empty btrfs without quotas."""
    image, folder = tmp_path / "disk", tmp_path / "mounted"
    folder.mkdir()
    image.touch()
    subprocess.run(["truncate", "-s", "200M", image], check=True)
    try:
        subprocess.run(["mkfs.btrfs", "-q", image], check=True, capture_output=True)
        subprocess.run(["mount", "-o", "loop", image, folder], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no btrfs can be mounted here: {error}")
    yield folder
    subprocess.run(["umount", folder], check=True)


def fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        for _ in range(20):
            file.write(bytes(1024 * 1024))


def test_quotas_bound_and_may_be_enabled_twice(disk: Path) -> None:
    simple = enable_quotas(disk)
    assert enable_quotas(disk) == has_simple_quotas(disk) == simple
    subprocess.run(["btrfs", "subvolume", "create", disk / "box"], check=True, capture_output=True)
    subprocess.run(["btrfs", "qgroup", "limit", "10M", disk / "box"], check=True)
    with pytest.raises(OSError, match="quota"):
        fill(disk / "box/file")


def test_healthy_quotas_need_no_mending(disk: Path) -> None:
    enable_quotas(disk)
    assert not mend_quotas(disk)


def test_elsewhere_there_is_nothing_to_do(tmp_path: Path) -> None:
    assert not mend_quotas(Path("/proc"))
    assert not mend_quotas(tmp_path / "nowhere")
    assert not has_simple_quotas(Path("/proc"))
    with pytest.raises(OSError, match=r".*"):
        enable_quotas(Path("/proc"))
