"""Set bounds that no engine sets and that all machines would else share.

These are pseudo-terminals, of which the kernel has 4096 for everybody, and inotify instances, 128
for the user who made the containers (measured: three processes in a machine left no other machine a
terminal, and a single process left the host's root no inotify). Needs root on the engine's own
host. What all machines share after that is in shared_limits.py.
"""

import os
import subprocess
from pathlib import Path

from sandboxes.engine.linux.syscalls import system_call

PTYS = 64
INOTIFY_INSTANCES = 32
INOTIFY_WATCHES = 8192
TTY_GID = 5  # what container engines give devpts

# fspick(2), fsconfig(2): the same numbers on every architecture; linux/mount.h.
SYS_FSCONFIG, SYS_FSPICK = 431, 433
AT_FDCWD, FSPICK_CLOEXEC, FSCONFIG_SET_STRING, FSCONFIG_CMD_RECONFIGURE = -100, 1, 1, 7


def apply_kernel_limits(pid: int, *, remap_uid: int) -> None:
    """Bound a running machine, whose init is `pid` here.

    Again on every start: both bounds end with the machine's namespaces. Without user namespaces
    (`remap_uid` 0) inotify's bound would be the host's own, and is left. Raises OSError.
    """
    refuse_host(pid, remap_uid=remap_uid)
    bound_ptys(pid, remap_uid=remap_uid)
    if remap_uid:
        bound_inotify(pid)


def refuse_host(pid: int, *, remap_uid: int) -> None:
    """Raise OSError for a process of the host, to which an ended machine's number may have gone."""
    same_ptys = Path(f"/proc/{pid}/root/dev/pts").stat().st_dev == Path("/dev/pts").stat().st_dev
    same_user = Path(f"/proc/{pid}/ns/user").readlink() == Path("/proc/self/ns/user").readlink()
    if same_ptys or (remap_uid and same_user):
        raise OSError(f"process {pid} is no machine's")


def bound_ptys(pid: int, *, remap_uid: int) -> None:
    """Remount the machine's devpts with a maximum.

    A remount forgets the other options, so they are set again.
    """
    options = {
        "gid": str(remap_uid + TTY_GID),
        "mode": "620",
        "ptmxmode": "666",
        "max": str(PTYS),
    }
    path = f"/proc/{pid}/root/dev/pts".encode()
    mount = system_call(SYS_FSPICK, AT_FDCWD, path, FSPICK_CLOEXEC)
    try:
        for key, value in options.items():
            system_call(SYS_FSCONFIG, mount, FSCONFIG_SET_STRING, key.encode(), value.encode(), 0)
        system_call(SYS_FSCONFIG, mount, FSCONFIG_CMD_RECONFIGURE, None, None, 0)
    finally:
        os.close(mount)


def bound_inotify(pid: int) -> None:
    """Write the limits of the machine's user namespace.

    /proc/sys/user shows them to whoever is in the namespace.
    """
    script = (
        'echo "$1" > /proc/sys/user/max_inotify_instances; '
        'echo "$2" > /proc/sys/user/max_inotify_watches'
    )
    limits = (str(INOTIFY_INSTANCES), str(INOTIFY_WATCHES))
    # Of the machine only its user namespace is entered, so nsenter and sh are the host's.
    command = ["nsenter", f"--user=/proc/{pid}/ns/user", "sh", "-ec", script, "sh", *limits]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=5)
    except subprocess.SubprocessError as error:
        raise OSError(f"inotify can't be bounded: {error}") from error
