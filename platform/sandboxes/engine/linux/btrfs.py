"""Copy subvolumes on btrfs, which takes no time and no room.

Machines' disks are subvolumes where the engine's driver is btrfs. Needs root on the host that has
the file system. Every function raises OSError.
"""

import ctypes
import fcntl
import os
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# linux/btrfs.h. Arguments are {s64 descriptor, name} and {s64 descriptor, u64 transaction, u64
# flags, 32 bytes, name}, 4096 bytes in all.
SNAP_DESTROY, SNAP_CREATE, SUBVOL_CREATE = 0x5000940F, 0x50009417, 0x50009418
ARGUMENTS, ARGUMENTS_V2 = struct.Struct("q4088s"), struct.Struct("qQQ32x4040s")
AT_FDCWD, RENAME_EXCHANGE = -100, 2

_libc = ctypes.CDLL(None, use_errno=True)


def snapshot(source: Path, target: Path) -> None:
    """Make `target` a writable copy of the subvolume `source` as it is now."""
    with opened_folder(source) as descriptor:
        call_create(SNAP_CREATE, target, descriptor)


def create(target: Path) -> None:
    """Make an empty subvolume."""
    call_create(SUBVOL_CREATE, target, 0)


def destroy(target: Path) -> None:
    """Remove a subvolume, however much is in it."""
    with opened_folder(target.parent) as folder:
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
    if _libc.renameat2(*paths, RENAME_EXCHANGE) < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(target))
    destroy(fresh)


def aside(target: Path) -> Path:
    """Name the subvolume in which replace() works."""
    return target.with_name(f"{target.name}-aside")


def call_create(request: int, target: Path, descriptor: int) -> None:
    """Ask btrfs for a new subvolume."""
    arguments = ARGUMENTS_V2.pack(descriptor, 0, 0, os.fsencode(target.name))
    with opened_folder(target.parent) as folder:
        fcntl.ioctl(folder, request, bytearray(arguments))


@contextmanager
def opened_folder(folder: Path) -> Iterator[int]:
    """Open a folder, and refuse a link."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
