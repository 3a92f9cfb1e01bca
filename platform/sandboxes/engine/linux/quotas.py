"""Look after btrfs' quotas, which bound the disks of machines.

Simple quotas (Linux 6.7) count what a machine wrote itself, at no cost. Full quotas count the image
too; deleting a machine then costs seconds of tree walks, and once they have marked themselves
inconsistent they stop counting, and so bounding, until somebody asks for a rescan (seen on Linux
6.18 after an hour of starting and removing machines: a limit was passed by 500 MB). So simple ones
are asked for first, and full ones are looked after.
"""

import errno
import fcntl
import logging
import struct
import uuid
from pathlib import Path

from sandboxes.engine.linux.syscalls import opened_folder

logger = logging.getLogger(__name__)

# linux/btrfs.h. FS_INFO answers with the fsid 16 bytes in; QUOTA_CTL takes {u64 command, u64
# status}.
FS_INFO, FS_INFO_SIZE, FSID_AT = 0x8400941F, 1024, 16
QUOTA_CTL, ENABLE, ENABLE_SIMPLE = 0xC0109428, 1, 4
QUOTA_RESCAN, RESCAN_SIZE = 0x4040942C, 64
SYSFS = Path("/sys/fs/btrfs")


def enable_quotas(folder: Path) -> bool:
    """Turn quotas on for the btrfs that holds `folder`, and return whether they are simple.

    What is on already stays as it is. Raises OSError: not btrfs, not root.
    """
    with opened_folder(folder, follow_links=True) as descriptor:
        try:
            control_quotas(descriptor, ENABLE_SIMPLE)
        except OSError as error:
            if error.errno != errno.EINVAL:  # what kernels before 6.7 answer
                raise
            control_quotas(descriptor, ENABLE)
        return quota_state(descriptor, "mode") == "squota"


def has_simple_quotas(folder: Path) -> bool:
    """Whether the btrfs that holds `folder` counts only what a machine wrote itself.

    False where that can't be seen.
    """
    try:
        with opened_folder(folder, follow_links=True) as descriptor:
            return quota_state(descriptor, "mode") == "squota"
    except OSError:
        return False


def mend_quotas(folder: Path) -> bool:
    """Begin a rescan when the btrfs that holds `folder` has stopped counting.

    Returns whether it was begun; False when all is well, or the folder is not ours to look after:
    on another host, not on btrfs, or this process is not root.
    """
    try:
        with opened_folder(folder, follow_links=True) as descriptor:
            if quota_state(descriptor, "inconsistent") != "1":
                return False
            fcntl.ioctl(descriptor, QUOTA_RESCAN, bytes(RESCAN_SIZE))
    except OSError as error:
        logger.debug("quotas of %s can't be mended: %s", folder, error)
        return False
    logger.warning("the engine's disk had stopped counting what machines use; it counts again")
    return True


def control_quotas(descriptor: int, command: int) -> None:
    """Give btrfs' quotas a command."""
    fcntl.ioctl(descriptor, QUOTA_CTL, bytearray(struct.pack("QQ", command, 0)))


def quota_state(descriptor: int, name: str) -> str:
    """Read what the kernel tells of a file system's quotas under this name.

    Returns "" where it tells nothing, as before Linux 5.9.
    """
    answer = fcntl.ioctl(descriptor, FS_INFO, bytes(FS_INFO_SIZE))
    [fsid] = struct.unpack_from("16s", answer, FSID_AT)
    file = SYSFS / str(uuid.UUID(bytes=fsid)) / "qgroups" / name
    return file.read_text().strip() if file.exists() else ""
