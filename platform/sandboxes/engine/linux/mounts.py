"""Mount a small tmpfs for each machine, for what is shared with it.

That is the folder of the PTY server's socket, and three files in /etc that the engine would else
bind from its own disk, where no quota counts them. It is bounded in bytes and files, and mounted by
us because the engine forgets its own tmpfs volumes when it restarts under running machines.
"""

import os
import shutil
from contextlib import suppress
from pathlib import Path

from sandboxes.engine.linux.syscalls import last_error, libc
from sandboxes.errors import EngineError

# sys/mount.h
MS_NOSUID, MS_NODEV, MS_NOEXEC = 2, 4, 8
MNT_DETACH = 2
# A pipe that the first prompt of a machine without a name yet waits for (runtime/images/linux).
NAME_PIPE = "name"
SIZE = "size=64k,nr_inodes=12,mode=0700"
RUN = "run"
# What the engine would write. Names of a network's machines come from its own resolver (moby:
# libnetwork's resolver.go), so nothing is missing here when a machine is moved to another network.
ETC = {
    "hosts": (
        "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n127.0.1.1\t{hostname}\n"
    ),
    "hostname": "{hostname}\n",
    "resolv.conf": "nameserver 127.0.0.11\noptions ndots:0\n",
}


def mount_socket_folder(folder: Path, *, owner: int, hostname: str) -> None:
    """Mount a tmpfs, unless it is there, that belongs to `owner`.

    `owner` is the host uid of the machine's root. Needs root. Raises EngineError.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o755)
    if folder.is_mount():
        return
    # Below the mount as well: after the host has gone down, a stopped machine's home can be read
    # before it is started.
    write_files(folder, owner=owner, hostname=hostname)
    options = f"{SIZE},uid={owner},gid={owner}".encode()
    flags = MS_NOSUID | MS_NODEV | MS_NOEXEC
    if libc.mount(b"drydock", os.fsencode(folder), b"tmpfs", flags, options) != 0:
        reason = last_error().strerror
        raise EngineError(f"the socket folder can't be mounted: {reason}")
    write_files(folder, owner=owner, hostname=hostname)


def bound_paths(folder: Path) -> dict[str, Path]:
    """Map paths in the machine to what they get of a mounted folder."""
    return {"/run/drydock": folder / RUN, **{f"/etc/{name}": folder / name for name in ETC}}


def write_files(folder: Path, *, owner: int, hostname: str) -> None:
    """Lay out a socket folder."""
    (folder / RUN).mkdir(mode=0o700, exist_ok=True)
    for name, text in ETC.items():
        (folder / name).write_text(text.format(hostname=hostname))
        (folder / name).chmod(0o644)
    for path in bound_paths(folder).values():
        os.chown(path, owner, owner)


def hold_prompt(folder: Path, *, owner: int) -> None:
    """Let the shell of a machine that is about to start wait for the machine's name.

    A prompt with another name is no harm: where a student has left no room, it comes at once.
    """
    pipe = folder / RUN / NAME_PIPE
    with suppress(OSError):
        pipe.unlink(missing_ok=True)
        os.mkfifo(pipe, 0o600)
        os.chown(pipe, owner, owner, follow_symlinks=False)


def release_prompt(folder: Path, hostname: str) -> None:
    """Let a shell that waits for the machine's name go on with it."""
    pipe = folder / RUN / NAME_PIPE
    with suppress(OSError):  # nobody waits: not yet, not any more, or there is no such shell
        descriptor = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
        try:
            os.write(descriptor, f"{hostname}\n".encode())
        finally:
            os.close(descriptor)
    with suppress(OSError):
        pipe.unlink(missing_ok=True)


def write_names(folder: Path, *, hostname: str) -> None:
    """Write a machine's name into those files in its /etc that have it. Raises OSError."""
    for name in ("hosts", "hostname"):
        (folder / name).write_text(ETC[name].format(hostname=hostname))


def unmount_socket_folder(folder: Path) -> None:
    """Unmount and remove the folder; it may be gone already.

    Detached, so that no open file holds it. Raises EngineError.
    """
    while folder.is_mount():
        if libc.umount2(os.fsencode(folder), MNT_DETACH) != 0:
            reason = last_error().strerror
            raise EngineError(f"the socket folder can't be unmounted: {reason}")
    shutil.rmtree(folder, ignore_errors=True)


def socket_folders(sockets_dir: Path) -> list[str]:
    """List the names (machine ids) of all socket folders, mounted or not."""
    if not sockets_dir.is_dir():
        return []
    return [entry.name for entry in sockets_dir.iterdir() if entry.is_dir()]
