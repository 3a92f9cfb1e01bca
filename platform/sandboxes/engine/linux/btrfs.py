"""Copies of subvolumes on btrfs, which take no time and no room. Machines' disks are some where the driver is btrfs.

Needs root on the host that has the file system. Every function raises OSError.
"""

import ctypes
import fcntl
import os
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# linux/btrfs.h. Arguments are {s64 descriptor, name} and {s64 descriptor, u64 transaction, u64 flags, 32 bytes, name},
# 4096 bytes in all.
SNAP_DESTROY, SNAP_CREATE, SUBVOL_CREATE = 0x5000940F, 0x50009417, 0x50009418
ARGUMENTS, ARGUMENTS_V2 = struct.Struct("q4088s"), struct.Struct("qQQ32x4040s")
AT_FDCWD, RENAME_EXCHANGE = -100, 2

_libc = ctypes.CDLL(None, use_errno=True)


def snapshot(source: Path, target: Path) -> None:
    """Make `target` a writable copy of the subvolume `source` as it is now."""
    with _opened(source) as descriptor:
        _create(SNAP_CREATE, target, descriptor)


def create(target: Path) -> None:
    """Make an empty subvolume."""
    _create(SUBVOL_CREATE, target, 0)


def destroy(target: Path) -> None:
    """Remove a subvolume, however much is in it."""
    with _opened(target.parent) as folder:
        fcntl.ioctl(folder, SNAP_DESTROY, bytearray(ARGUMENTS.pack(0, os.fsencode(target.name))))


def replace(target: Path, make: Callable[[Path], None]) -> None:
    """Put what `make` makes in the place of a subvolume, which is there at every moment. Whoever is killed half-way
    leaves an `aside` one, which this removes when it is called again."""
    fresh = aside(target)
    with suppress(FileNotFoundError):
        destroy(fresh)
    make(fresh)
    if (
        _libc.renameat2(
            AT_FDCWD, os.fsencode(fresh), AT_FDCWD, os.fsencode(target), RENAME_EXCHANGE
        )
        < 0
    ):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(target))
    destroy(fresh)


def aside(target: Path) -> Path:
    """Where replace() works."""
    return target.with_name(f"{target.name}-aside")


def _create(request: int, target: Path, descriptor: int) -> None:
    with _opened(target.parent) as folder:
        fcntl.ioctl(
            folder,
            request,
            bytearray(ARGUMENTS_V2.pack(descriptor, 0, 0, os.fsencode(target.name))),
        )


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
