"""Stream to a PTY server over its unix socket, in a folder that the machine writes to."""

import asyncio
import os
import socket
import stat

from terminal.errors import MachineUnreachable
from terminal.transports.stream import ByteStream


async def open_socket(path: str) -> ByteStream:
    """Connect to the unix socket at `path`, whose last part a student may have replaced.

    A symlink, a FIFO or a file there is refused instead of followed. Raises MachineUnreachable.
    """
    loop = asyncio.get_running_loop()
    flags = socket.SOCK_STREAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC
    connection = socket.socket(socket.AF_UNIX, flags)
    try:
        connect_without_following(connection, path)
        _, stream = await loop.create_unix_connection(ByteStream, sock=connection)
    except (OSError, ValueError):
        connection.close()
        raise MachineUnreachable from None
    return stream


def connect_without_following(connection: socket.socket, path: str) -> None:
    """Connect to what is at `path` itself. Raises OSError, and ValueError for no socket."""
    # O_PATH opens whatever is there without asking its driver or peer; /proc/self/fd/N then names
    # that very inode (open(2), proc(5)), so that nothing can be swapped between the check and the
    # connect.
    handle = os.open(path, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        if not stat.S_ISSOCK(os.fstat(handle).st_mode):
            raise ValueError("not a socket")
        connection.connect(f"/proc/self/fd/{handle}")
    finally:
        os.close(handle)
