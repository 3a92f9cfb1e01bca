"""Subvolumes, on a btrfs of the test's own, in a file."""

import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from sandboxes.engine.linux import btrfs


@pytest.fixture(scope="module")
def disk(tmp_path_factory) -> Iterator[Path]:
    """A mounted, empty btrfs."""
    folder = tmp_path_factory.mktemp("btrfs")
    image, mounted = folder / "image", folder / "mounted"
    mounted.mkdir()
    try:
        subprocess.run(["truncate", "-s", "128M", image], check=True)
        subprocess.run(["mkfs.btrfs", "-q", image], check=True, capture_output=True)
        subprocess.run(["mount", "-o", "loop", image, mounted], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no btrfs can be mounted here: {error}")
    yield mounted
    subprocess.run(["umount", mounted], check=True)


@pytest.fixture
def box(disk, request) -> Path:
    """A subvolume with an answer in it."""
    box = disk / request.node.name
    btrfs.create(box)
    (box / "answer").write_text("42")
    return box


def test_a_snapshot_is_a_copy_that_goes_its_own_way(box):
    copy = box.with_name(f"{box.name}-copy")
    btrfs.snapshot(box, copy)
    (copy / "answer").write_text("43")
    assert ((box / "answer").read_text(), (copy / "answer").read_text()) == ("42", "43")
    btrfs.destroy(copy)
    assert not copy.exists()


def test_one_takes_the_place_of_another(box):
    other = box.with_name(f"{box.name}-other")
    btrfs.create(other)
    btrfs.replace(other, partial(btrfs.snapshot, box))
    assert (other / "answer").read_text() == "42"
    btrfs.replace(other, btrfs.create)
    assert (list(other.iterdir()), btrfs.aside(other).exists()) == ([], False)


def test_what_somebody_killed_half_way_has_left_is_no_hindrance(box):
    btrfs.create(btrfs.aside(box))
    (btrfs.aside(box) / "rest").touch()
    btrfs.replace(box, btrfs.create)
    assert (list(box.iterdir()), btrfs.aside(box).exists()) == ([], False)


def test_what_can_not_be_made_leaves_the_old_in_its_place(box):
    with pytest.raises(OSError, match="No such file"):
        btrfs.replace(box, partial(btrfs.snapshot, box / "nothing"))
    assert (box / "answer").read_text() == "42"


def test_what_is_no_subvolume_is_refused(tmp_path, box):
    (tmp_path / "folder").mkdir()
    for call in (
        partial(btrfs.snapshot, tmp_path / "folder", box / "x"),
        partial(btrfs.destroy, box / "answer"),
    ):
        with pytest.raises(OSError, match=r"."):
            call()
