"""Find the disks of containers on an engine whose driver is btrfs, and empty them.

It knows where the driver has its subvolumes (layer/mount.go and daemon/graphdriver/btrfs of
docker.io 20.10 to 27).
"""

from contextlib import suppress
from pathlib import Path

from sandboxes.engine.linux import btrfs


def find_disk(root: Path, container_id: str) -> Path:
    """Return the subvolume that is a container's disk; `root` is the engine's data root.

    Raises OSError.
    """
    mounts = root / "image" / "btrfs" / "layerdb" / "mounts"
    mount_id = (mounts / container_id / "mount-id").read_text().strip()
    return root / "btrfs" / "subvolumes" / mount_id


def empty_disk(root: Path, container_id: str) -> None:
    """Empty the disk of a container that has ended, before it is removed.

    The driver looks through every folder of what it removes, which takes up to a second of
    processor time for an image's; an empty subvolume takes none.
    """
    with suppress(OSError):
        disk = find_disk(root, container_id)
        for subvolume in (disk, disk.with_name(f"{disk.name}-init")):
            btrfs.replace(subvolume, btrfs.create)
