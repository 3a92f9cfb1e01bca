"""Bounds that no engine sets and that all machines would else share: pseudo-terminals, of which the kernel has 4096
for everybody, and inotify instances, 128 for the user who made the containers (measured: three processes in one machine
left no other machine a terminal, and one left the host's root no inotify). Needs root on the engine's own host."""

import ctypes
import os
import subprocess
from pathlib import Path

PTYS = 64
INOTIFY_INSTANCES = 32
INOTIFY_WATCHES = 8192
FILE_MAX = Path("/proc/sys/fs/file-max")
FILES_OF_THE_HOST = 1 << 18  # left for everything that is no machine
TTY_GID = 5  # what container engines give devpts

# fspick(2), fsconfig(2): the same numbers on every architecture; linux/mount.h.
SYS_FSCONFIG, SYS_FSPICK = 431, 433
AT_FDCWD, FSPICK_CLOEXEC, FSCONFIG_SET_STRING, FSCONFIG_CMD_RECONFIGURE = -100, 1, 1, 7

_libc = ctypes.CDLL(None, use_errno=True)


def apply_kernel_limits(pid: int, *, remap_uid: int) -> None:
    """Bound a running machine, whose init is `pid` here. Again on every start: both end with the machine's namespaces.
    Without user namespaces (`remap_uid` 0) inotify's bound would be the host's own, and is left.
    Raises OSError."""
    _refuse_host(pid, remap_uid=remap_uid)
    bound_ptys(pid, remap_uid=remap_uid)
    if remap_uid:
        bound_inotify(pid)


def _refuse_host(pid: int, *, remap_uid: int) -> None:
    """The machine may have ended and its number gone to a process of the host."""
    same_ptys = Path(f"/proc/{pid}/root/dev/pts").stat().st_dev == Path("/dev/pts").stat().st_dev
    same_user = Path(f"/proc/{pid}/ns/user").readlink() == Path("/proc/self/ns/user").readlink()
    if same_ptys or (remap_uid and same_user):
        raise OSError(f"process {pid} is no machine's")


def bound_ptys(pid: int, *, remap_uid: int) -> None:
    """Remount the machine's devpts with a maximum. A remount forgets the other options, so they are given again."""
    options = {"gid": str(remap_uid + TTY_GID), "mode": "620", "ptmxmode": "666", "max": str(PTYS)}
    path = f"/proc/{pid}/root/dev/pts".encode()
    picked = _checked(_libc.syscall(SYS_FSPICK, AT_FDCWD, path, FSPICK_CLOEXEC))
    try:
        for key, value in options.items():
            _checked(
                _libc.syscall(
                    SYS_FSCONFIG, picked, FSCONFIG_SET_STRING, key.encode(), value.encode(), 0
                )
            )
        _checked(_libc.syscall(SYS_FSCONFIG, picked, FSCONFIG_CMD_RECONFIGURE, None, None, 0))
    finally:
        os.close(picked)


def bound_inotify(pid: int) -> None:
    """Write the limits of the machine's user namespace, which /proc/sys/user shows to whoever is in it."""
    script = 'echo "$1" > /proc/sys/user/max_inotify_instances; echo "$2" > /proc/sys/user/max_inotify_watches'
    limits = (str(INOTIFY_INSTANCES), str(INOTIFY_WATCHES))
    # Of the machine only its user namespace is entered, so nsenter and sh are the host's.
    command = ["nsenter", f"--user=/proc/{pid}/ns/user", "sh", "-ec", script, "sh", *limits]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=5)
    except subprocess.SubprocessError as error:
        raise OSError(f"inotify can't be bounded: {error}") from error


def raise_shared_inotify(
    machines: int, setting: Path = Path("/proc/sys/fs/inotify/max_user_instances")
) -> None:
    """Let the host's own limit, which counts all machines together, be more than they can use up. Never lowers it."""
    _raise_to(1024 + machines * INOTIFY_INSTANCES, setting)


def raise_open_files(machines: int, each: int, setting: Path = FILE_MAX) -> None:
    """The same for open files, of which a machine may have `each`. What they cost is kernel memory, and that counts as
    the machine's (cgroup v1, Linux 6.18: 12 to 40 MB for 40,000 files). Never lowers it."""
    _raise_to(FILES_OF_THE_HOST + machines * each, setting)


def _raise_to(wanted: int, setting: Path) -> None:
    if int(setting.read_text()) < wanted:
        setting.write_text(str(wanted))


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
