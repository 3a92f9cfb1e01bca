"""One small tmpfs a machine, for the PTY server's socket: shared with the machine, so bounded in bytes and files, and
mounted by us because the engine forgets its own tmpfs volumes when it restarts under running machines."""

import ctypes
import os
import shutil
from pathlib import Path

from sandboxes.errors import EngineError

# sys/mount.h
MS_NOSUID, MS_NODEV, MS_NOEXEC = 2, 4, 8
MNT_DETACH = 2
SIZE = "size=64k,nr_inodes=8,mode=0700"

_libc = ctypes.CDLL(None, use_errno=True)


def mount_socket_folder(folder: Path, *, owner: int) -> None:
    """Mount a tmpfs that belongs to `owner` (the host uid of the machine's root) unless one is there. Needs root.
    Raises EngineError."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o755)
    if folder.is_mount():
        return
    options = f"{SIZE},uid={owner},gid={owner}".encode()
    flags = MS_NOSUID | MS_NODEV | MS_NOEXEC
    if _libc.mount(b"drydock", os.fsencode(folder), b"tmpfs", flags, options) != 0:
        raise EngineError(f"the socket folder can't be mounted: {os.strerror(ctypes.get_errno())}")


def unmount_socket_folder(folder: Path) -> None:
    """Unmount and remove the folder; one that is gone already is fine. Detached, so that no open file holds it."""
    while folder.is_mount():
        if _libc.umount2(os.fsencode(folder), MNT_DETACH) != 0:
            raise EngineError(f"the socket folder can't be unmounted: {os.strerror(ctypes.get_errno())}")
    shutil.rmtree(folder, ignore_errors=True)


def socket_folders(sockets_dir: Path) -> list[str]:
    """The names (machine ids) of all socket folders, mounted or not."""
    if not sockets_dir.is_dir():
        return []
    return [entry.name for entry in sockets_dir.iterdir() if entry.is_dir()]
