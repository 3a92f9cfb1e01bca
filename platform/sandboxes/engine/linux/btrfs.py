"""Copy subvolumes on btrfs, which takes no time and no room.

Machines' disks are subvolumes where the engine's driver is btrfs. Needs root on the host that has
the file system. Every function raises OSError.
"""

import fcntl
import os
import struct
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from sandboxes.engine.linux.syscalls import last_error, libc, opened_folder

# linux/btrfs.h. Arguments are {s64 descriptor, name} and {s64 descriptor, u64 transaction, u64
# flags, 32 bytes, name}, 4096 bytes in all.
SNAP_DESTROY, SNAP_CREATE, SUBVOL_CREATE = 0x5000940F, 0x50009417, 0x50009418
ARGUMENTS, ARGUMENTS_V2 = struct.Struct("q4088s"), struct.Struct("qQQ32x4040s")
AT_FDCWD, RENAME_EXCHANGE = -100, 2


def snapshot(source: Path, target: Path) -> None:
    """Make `target` a writable copy of the subvolume `source` as it is now."""
    with opened_folder(source, follow_links=False) as descriptor:
        call_create(SNAP_CREATE, target, descriptor)


def create(target: Path) -> None:
    """Make an empty subvolume."""
    call_create(SUBVOL_CREATE, target, 0)


def destroy(target: Path) -> None:
    """Remove a subvolume, however much is in it."""
    with opened_folder(target.parent, follow_links=False) as folder:
        fcntl.ioctl(folder, SNAP_DESTROY, bytearray(ARGUMENTS.pack(0, os.fsencode(target.name))))


def replace(target: Path, make: Callable[[Path], None]) -> None:
    """Put what `make` makes in the place of a subvolume, which is there at every moment.

    Whoever is killed half-way leaves an `aside` subvolume, which this removes when it is called
    again.
    """
    fresh = aside(target)
    with suppress(FileNotFoundError):
        destroy(fresh)
    make(fresh)
    paths = (AT_FDCWD, os.fsencode(fresh), AT_FDCWD, os.fsencode(target))
    if libc.renameat2(*paths, RENAME_EXCHANGE) < 0:
        raise last_error(str(target))
    destroy(fresh)


def aside(target: Path) -> Path:
    """Name the subvolume in which replace() works."""
    return target.with_name(f"{target.name}-aside")


def call_create(request: int, target: Path, descriptor: int) -> None:
    """Ask btrfs for a new subvolume."""
    arguments = ARGUMENTS_V2.pack(descriptor, 0, 0, os.fsencode(target.name))
    with opened_folder(target.parent, follow_links=False) as folder:
        fcntl.ioctl(folder, request, bytearray(arguments))
