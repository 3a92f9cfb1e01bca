"""Bound what several subvolumes of a btrfs may hold together.

btrfs calls it a quota group of level 1, of which each subvolume's own group is a member. Simple
quotas (quotas.py) count in it what its members wrote themselves. Needs root on the host that has
the file system. Every function raises OSError.
"""

import errno
import fcntl
import os
import struct
from collections.abc import Iterable
from pathlib import Path

from sandboxes.engine.linux.syscalls import opened_folder

# linux/btrfs.h: {s64 treeid, u64 objectid, name}, {u64 create, u64 group}, {u64 assign, u64
# member, u64 group}, {u64 group, u64 flags, u64 most, ...}.
INO_LOOKUP, QGROUP_CREATE = 0xD0009412, 0x4010942A
QGROUP_ASSIGN, QGROUP_LIMIT = 0x40189429, 0x8030942B
FIRST_FREE_OBJECTID, LIMIT_MAX_RFER = 256, 1
LEVEL_SHIFT = 48


def share_quota(number: int, subvolumes: Iterable[Path], most_bytes: int) -> None:
    """Let these subvolumes together hold `most_bytes` at most.

    `number` names who shares. What is shared already stays so, and a subvolume that is removed
    leaves by itself.
    """
    group = 1 << LEVEL_SHIFT | number
    for subvolume in subvolumes:
        member = subvolume_id(subvolume)
        # Not through the subvolume itself: where that is full, nothing can be changed through it.
        with opened_folder(subvolume.parent, follow_links=False) as descriptor:
            unless_there(descriptor, QGROUP_CREATE, struct.pack("QQ", 1, group))
            limit = struct.pack("6Q", group, LIMIT_MAX_RFER, most_bytes, 0, 0, 0)
            fcntl.ioctl(descriptor, QGROUP_LIMIT, limit)
            unless_there(descriptor, QGROUP_ASSIGN, struct.pack("QQQ", 1, member, group))


def subvolume_id(subvolume: Path) -> int:
    """Return the number of a subvolume."""
    arguments = bytearray(struct.pack("QQ4080x", 0, FIRST_FREE_OBJECTID))
    with opened_folder(subvolume, follow_links=False) as descriptor:
        fcntl.ioctl(descriptor, INO_LOOKUP, arguments)
    return int(struct.unpack_from("Q", arguments)[0])


def unless_there(descriptor: int, request: int, arguments: bytes) -> None:
    """Ask for something that may have been done before."""
    try:
        fcntl.ioctl(descriptor, request, arguments)
    except OSError as error:
        if error.errno != errno.EEXIST:
            raise OSError(error.errno, os.strerror(error.errno or 0)) from error
