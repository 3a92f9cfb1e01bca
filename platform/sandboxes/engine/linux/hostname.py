"""Name a machine that runs already, and read the name that it has.

A pooled machine is named when somebody claims it. Only its UTS namespace is entered, by a thread
that ends right after: what it does to itself, no other thread notices (namespaces(7)). Needs root
on the engine's own host. The name is forgotten with every stop.
"""

import os
import socket
import struct
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from sandboxes.engine.linux.syscalls import last_error, libc

CLONE_NEWUTS = 0x04000000  # linux/sched.h
CONNECT_SECONDS = 2.0
Result = TypeVar("Result")
PEER = struct.Struct("3i")  # struct ucred: pid, uid, gid


def set_hostname(pid: int, name: str) -> None:
    """Name the machine whose init is `pid` here. Raises OSError."""
    run_in_machine(pid, lambda: socket.sethostname(name))


def hostname_of(pid: int) -> str:
    """Return the name that a machine has. Raises OSError."""
    return run_in_machine(pid, socket.gethostname)


def run_in_machine(pid: int, function: Callable[[], Result]) -> Result:
    """Call a function in the UTS namespace of a machine. Raises OSError."""
    results: list[Result] = []
    errors: list[OSError] = []

    def enter() -> None:
        try:
            descriptor = os.open(f"/proc/{pid}/ns/uts", os.O_RDONLY | os.O_CLOEXEC)
            try:
                if libc.setns(descriptor, CLONE_NEWUTS) != 0:
                    raise last_error()
            finally:
                os.close(descriptor)
            results.append(function())
        except OSError as error:
            errors.append(error)

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return results[0]


def listening_process(path: Path) -> int:
    """Return which process listens on a unix socket, by this host's count. Raises OSError."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(CONNECT_SECONDS)
        connection.connect(str(path))
        credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, PEER.size)
    return int(PEER.unpack(credentials)[0])
