"""Keeps btrfs counting. Disk limits rest on its quota groups, and once it has marked those inconsistent it stops
counting, and so bounding, until somebody asks for a rescan (seen on Linux 6.18: a limit was passed by 500 MB).
"""

import fcntl
import logging
import os
import struct
import uuid
from pathlib import Path

logger = logging.getLogger(__name__)

# linux/btrfs.h: BTRFS_IOC_FS_INFO, whose answer has the fsid 16 bytes in, and BTRFS_IOC_QUOTA_RESCAN.
FS_INFO, FS_INFO_SIZE, FSID_AT = 0x8400941F, 1024, 16
QUOTA_RESCAN, RESCAN_SIZE = 0x4040942C, 64
SYSFS = Path("/sys/fs/btrfs")


def mend_quotas(folder: Path) -> bool:
    """Begin a rescan when the btrfs that holds `folder` has stopped counting. True when one was begun; False when all
    is well, or the folder is not ours to look after: on another host, not on btrfs, or this process is not root."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return False
    try:
        return _inconsistent(descriptor) and _rescan(descriptor)
    except OSError as error:
        logger.debug("quotas of %s can't be mended: %s", folder, error)
        return False
    finally:
        os.close(descriptor)


def _inconsistent(descriptor: int) -> bool:
    answer = fcntl.ioctl(descriptor, FS_INFO, bytes(FS_INFO_SIZE))
    [fsid] = struct.unpack_from("16s", answer, FSID_AT)
    flag = SYSFS / str(uuid.UUID(bytes=fsid)) / "qgroups" / "inconsistent"
    return flag.read_text().strip() == "1"


def _rescan(descriptor: int) -> bool:
    fcntl.ioctl(descriptor, QUOTA_RESCAN, bytes(RESCAN_SIZE))
    logger.warning("the engine's disk had stopped counting what machines use; it counts again")
    return True
